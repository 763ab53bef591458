"""Bandit problems, and the play of agents on them."""

import numpy as np
from gymnasium.spaces import Box, Discrete

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.envs.base.actions import ActionMask
from rlnotes.envs.base.rewards import UNKNOWN, Rewards
from rlnotes.envs.mdps.base.model import Model

REWARDS = {
    "unknown": UNKNOWN,
    "gaussian": Rewards(std=1.0),
    "bounded": Rewards(low=0.0, high=1.0),
    "binary": Rewards(low=0.0, high=1.0, binary=True),
}
"""possible knowledge about the rewards of a bandit"""


def problem(runs=5, horizon=50, k=3, rewards="unknown"):
    """A bandit of k arms, with a model of one state, in which the last action pays 1, and episodes of 10 steps."""
    model = Model.from_arrays(np.ones((1, k, 1)), [[*[0.0] * (k - 1), 1.0]], start=0, discount=0.9)
    return Problem(Discrete(1), Discrete(k), runs, horizon, model.discount, model, 10, REWARDS[rewards])


def contextual(runs=5, horizon=50, k=3, dimension=4, std=1.0):
    """A linear bandit of k arms, which are vectors of `dimension` numbers."""
    space = Box(-1.0, 1.0, (k, dimension), np.float64)
    return Problem(space, Discrete(k), runs, horizon, rewards=Rewards(std=std))


def play(agent, reward_of, runs=5, horizon=50, k=3, seed=0, rewards="unknown"):
    """Actions [horizon, runs] of an agent on a bandit; the reward of step t is `reward_of(t, actions)`."""
    return meet(agent, problem(runs, horizon, k, rewards), reward_of, np.zeros((horizon, runs), int), seed)


def meet(agent, problem, reward_of, observations, seed=0):
    """Actions [horizon, runs] of an agent in `problem`; it observes `observations[t]` before step t."""
    agent.begin(problem, np.random.default_rng(seed))
    never = np.zeros(problem.runs, bool)
    history = []
    masked = isinstance(problem.observation_space, ActionMask)
    for t, observation in enumerate(observations):
        agent.allowed = observation.astype(bool) if masked else None
        action = agent.act(observation)
        history.append(action.copy())
        agent.update(Transition(observation, action, reward_of(t, action), observation, never, never | (t % 10 == 9)))
    return np.array(history)


def after_rewards(agent, rewards, runs=1, horizon=100, kind="binary"):
    """The agent after arm i has paid rewards[i], in every run."""
    agent.begin(problem(runs, horizon, len(rewards), kind), np.random.default_rng(0))
    for arm, paid in enumerate(rewards):
        for reward in paid:
            action, nothing = np.full(runs, arm), np.zeros(runs, bool)
            agent.update(Transition(nothing, action, np.full(runs, float(reward)), nothing, nothing, nothing))
    return agent
