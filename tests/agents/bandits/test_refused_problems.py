"""Problems that are no bandits, which agents for bandits refuse."""

from dataclasses import replace

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from support.bandits import REWARDS, contextual
from support.catalogue import installed

from rlnotes.agents import CATALOG
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.base.agent import Problem, ProblemError


@pytest.mark.parametrize("agent", [agent for agent in installed(CATALOG) if issubclass(agent, BanditAgent)])
def test_a_bandit_agent_refuses_an_environment_with_states(agent):
    with pytest.raises(ProblemError, match=r"needs a bandit.*Discrete\(16\)"):
        agent().check(Problem(Discrete(16), Discrete(4), 1, 1))
    with pytest.raises(ProblemError, match=r"needs a bandit.*start=1"):
        agent().check(Problem(Discrete(1), Discrete(4, start=1), 1, 1))
    with pytest.raises(ProblemError, match="set steps, not episodes"):
        agent().check(Problem(Discrete(1), Discrete(4), 1, None, rewards=REWARDS["binary"]))


@pytest.mark.parametrize("agent", [agent for agent in installed(CATALOG) if issubclass(agent, LinearAgent)])
def test_an_agent_for_contexts_refuses_a_problem_without_contexts(agent):
    for space, actions in (
        (Discrete(1), Discrete(3)),
        (Box(-1, 1, (4,)), Discrete(3)),
        (Box(-1, 1, (3, 4)), Discrete(4)),
        (Box(-1, 1, (3, 4)), Discrete(3, start=1)),
    ):
        with pytest.raises(ProblemError, match=r"needs contexts, Box of shape \(arms, dimension\).*, not "):
            agent().check(Problem(space, actions, 1, 1, rewards=REWARDS["gaussian"]))
    with pytest.raises(ProblemError, match="set steps, not episodes"):
        agent().check(replace(contextual(), horizon=None))
    agent = agent()
    agent.begin(contextual(), np.random.default_rng(0))
    with pytest.raises(ProblemError, match=r"needs contexts of shape .*= \(5, 3, 4\), not \(5, 4, 3\)"):
        agent.act(np.zeros((5, 4, 3)))
    for wrong in (np.nan, np.inf, -np.inf):
        contexts = np.zeros((5, 3, 4))
        contexts[2, 1, 3] = wrong
        with pytest.raises(ProblemError, match="needs contexts of finite numbers"):
            agent.act(contexts)
