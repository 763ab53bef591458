"""The contract that every agent of the catalogue keeps."""

from dataclasses import fields, is_dataclass, replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, Tuple
from support.bandits import REWARDS, contextual, meet, problem

from rlnotes import catalog
from rlnotes.agents import CATALOG, IMED, KLUCB, UCBV, Exp3, Exp3IX, Random
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.planning.base.planner import Planner
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.base.class_table import load
from rlnotes.base.errors import SettingError
from rlnotes.cli import help
from rlnotes.envs import BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit, LinearBandit
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

AGENTS = [load(path) for path in CATALOG.values()]
PLANNERS = [agent for agent in AGENTS if issubclass(agent, Planner)]
LEARNERS = [agent for agent in AGENTS if agent not in PLANNERS]
BANDIT_AGENTS = [agent for agent in AGENTS if issubclass(agent, BanditAgent | LinearAgent)]
KINDS = [*REWARDS, "contexts"]
"""what a bandit may be like: what is known of its rewards, or that it has contexts"""
CONTEXTS = np.random.default_rng(2).uniform(-1, 1, (50, 5, 3, 4))


def accepts(agent, problem):
    """Whether an agent does not refuse a problem."""
    try:
        agent().check(problem)
    except ProblemError:
        return False
    return True


def of_kind(kind):
    """A problem of a kind."""
    return contextual() if kind == "contexts" else problem(rewards=kind)


PAIRS = [
    (agent, kind)
    for agent in AGENTS
    for kind in (KINDS if agent in (*BANDIT_AGENTS, Random) else ["unknown"])  # others know nothing of rewards
    if accepts(agent, of_kind(kind))
]
"""every agent with everything that it accepts"""


def met(agent, kind, noise, seed=0):
    """Actions [50, 5] of an agent on a problem of a kind, whose rewards are made of `noise` [50, 5]."""
    paid = {"bounded": 1 / (1 + np.exp(-noise)), "binary": (noise > 0).astype(float)}.get(kind, noise)
    observations = CONTEXTS if kind == "contexts" else np.zeros((50, 5), int)
    return meet(agent, of_kind(kind), lambda t, action: paid[t], observations, seed)


@pytest.mark.parametrize("agent", AGENTS)
class TestContract:
    def test_its_fields_are_its_settings_with_defaults_and_meanings(self, agent):
        assert is_dataclass(agent)
        assert issubclass(agent, Agent)
        documented = list(help.settings(f"{agent.__module__}:{agent.__name__}"))
        settings = agent().setting_values()
        assert [setting.name for setting in documented] == list(settings)
        assert [setting.default for setting in documented] == [catalog.written(value) for value in settings.values()]
        assert agent() == replace(agent())
        assert set(vars(agent())) == {field.name for field in fields(agent)}

    def test_its_docstring_gives_a_formula(self, agent):
        assert set("=←≥") & set(agent.__doc__)

    def test_it_refuses_a_problem_that_it_cannot_act_in(self, agent):
        with pytest.raises(ProblemError, match="needs"):
            agent().check(Problem(Discrete(1), Tuple([Discrete(2)]), 1, 1))


@pytest.mark.parametrize(("agent", "kind"), PAIRS)
class TestPlay:
    def test_actions_are_one_valid_action_a_run_and_the_same_seed_gives_the_same_ones(self, agent, kind):
        noise = np.random.default_rng(1).normal(size=(50, 5))
        first, again = (met(agent(), kind, noise) for _ in range(2))
        assert first.shape == (50, 5)
        assert np.isin(first, [0, 1, 2]).all()
        assert (first == again).all()

    def test_begin_forgets_everything(self, agent, kind):
        noise = np.random.default_rng(1).normal(size=(50, 5))
        started = agent()
        first = met(started, kind, noise)
        met(started, kind, -noise, seed=3)
        assert (met(started, kind, noise) == first).all()

    def test_a_run_does_not_depend_on_its_neighbours(self, agent, kind):
        noise = np.random.default_rng(1).normal(size=(50, 5))
        other = noise.copy()
        other[:, 3] = np.round(-10 * other[:, 3])  # with ties, which cost the others no luck
        others = np.arange(5) != 3
        a, b = (met(agent(), kind, x) for x in (noise, other))
        assert (a[:, others] == b[:, others]).all()


@pytest.mark.parametrize(("agent", "setting"), [(agent, f.name) for agent in BANDIT_AGENTS for f in fields(agent)])
def test_a_setting_of_another_kind_is_named(agent, setting):
    with pytest.raises(SettingError, match=rf"^{setting}={{}}: must be (a (whole )?number|true or false|a word)"):
        agent(**{setting: {}})


REFUSED = {UCBV: {"unknown", "gaussian"}, KLUCB: {"unknown"}, IMED: {"unknown"}}
REFUSED |= {agent: {"unknown", "gaussian"} for agent in (Exp3, Exp3IX)}


def test_every_agent_is_tried_and_none_refuses_more_than_what_lacks_something_that_it_needs():
    assert {agent for agent, _ in PAIRS} == set(AGENTS)
    for agent in BANDIT_AGENTS:
        refused = set(KINDS) - {kind for other, kind in PAIRS if other is agent}
        linear = issubclass(agent, LinearAgent)
        assert refused == (set(REWARDS) if linear else {"contexts", *REFUSED.get(agent, ())}), agent


DEGENERATE = [
    {"env": GaussianBandit(arms=20), "steps": 5},  # a horizon shorter than k
    {"env": GaussianBandit(arms=1), "steps": 30},
    {"env": GaussianBandit(arms=3, std=0.0), "steps": 30},
    {"env": GaussianBandit(means=[0.5, 0.5, 0.5]), "steps": 30},
    {"env": BernoulliBandit(means=[0.0, 1.0]), "steps": 30},
    {"env": GaussianBandit(), "steps": 1, "runs": 1},
    {"env": BernoulliBandit(arms=20), "steps": 5},
    {"env": BernoulliBandit(arms=1), "steps": 30},
    {"env": BernoulliBandit(means=[1.0, 1.0, 1.0]), "steps": 30},
    {"env": BernoulliBandit(), "steps": 1, "runs": 1},
    {"env": BetaBandit(arms=3, concentration=1e-3), "steps": 30},
    {"env": ExponentialBandit(arms=3), "steps": 30},
    {"env": LinearBandit(arms=20), "steps": 5},
    {"env": LinearBandit(arms=1, dimension=1), "steps": 30},
    {"env": LinearBandit(arms=3, std=0.0), "steps": 30},
    {"env": LinearBandit(), "steps": 1, "runs": 1},
]


def fitting(agent):
    """The degenerate cells that an agent accepts; of those that know nothing of rewards, the Gaussian and one more."""
    cells = DEGENERATE if agent in (*BANDIT_AGENTS, Random) else DEGENERATE[:6]
    return [cell for cell in cells if accepts(agent, Cell(Random(), **cell).problem(cell["env"].batch(1)))]


@pytest.mark.parametrize(
    ("agent", "cell"),
    [(agent, cell) for agent in LEARNERS if not issubclass(agent, EpisodicAgent) for cell in fitting(agent)],
)
def test_it_works_where_the_problem_is_degenerate(agent, cell):
    regret = simulate(Cell(agent(), **{"runs": 7, **cell})).data["regret"]
    assert np.isfinite(regret).all()
    assert (np.diff(regret, axis=1) >= 0).all()


class Listener(Random):
    """Keeps what it is told."""

    def begin(self, problem, rng):
        super().begin(problem, rng)
        self.told = []

    def update(self, transition):
        self.told.append(transition)


def gymnasiums_own():
    """The cart and pole that Gymnasium steps, whose last observations are arrays of objects."""
    mode = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    return gym.make_vec("CartPole-v1", num_envs=4, vectorization_mode="sync", vector_kwargs=mode)


@pytest.mark.parametrize("make", [gymnasiums_own, lambda: Registered("CartPole-v1").batch(4)], ids=["theirs", "ours"])
def test_where_an_episode_ends_an_agent_is_told_the_last_observation_and_acts_on_the_first_of_the_next(make):
    env = make()
    agent = Listener()
    agent.begin(Problem(env.single_observation_space, env.single_action_space, 4, 100), np.random.default_rng(0))
    agent.learn(env, 100)
    ended = 0
    for now, after in zip(agent.told, agent.told[1:], strict=False):
        over = now.terminated | now.truncated
        ended += over.sum()
        fallen = np.abs(now.next_observation[:, [0, 2]]) > [2.4, 12 * np.pi / 180]
        assert (fallen.any(axis=1) == now.terminated).all()
        assert (now.next_observation[~over] == after.observation[~over]).all()
        assert (np.abs(after.observation[over]) <= 0.05).all()
    assert ended > 4


@pytest.mark.parametrize("agent", [agent for agent in BANDIT_AGENTS if issubclass(agent, BanditAgent)])
def test_a_bandit_agent_refuses_an_environment_with_states(agent):
    with pytest.raises(ProblemError, match=r"needs a bandit.*Discrete\(16\)"):
        agent().check(Problem(Discrete(16), Discrete(4), 1, 1))
    with pytest.raises(ProblemError, match=r"needs a bandit.*start=1"):
        agent().check(Problem(Discrete(1), Discrete(4, start=1), 1, 1))
    with pytest.raises(ProblemError, match="set steps, not episodes"):
        agent().check(Problem(Discrete(1), Discrete(4), 1, None, rewards=REWARDS["binary"]))


@pytest.mark.parametrize("agent", [agent for agent in BANDIT_AGENTS if issubclass(agent, LinearAgent)])
def test_an_agent_for_contexts_refuses_what_has_none(agent):
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
