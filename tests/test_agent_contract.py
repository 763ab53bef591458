"""The contract that every agent of the catalogue keeps."""

from dataclasses import fields, is_dataclass, replace

import gymnasium as gym
import numpy as np
import pytest
from conftest import play
from gymnasium.spaces import Discrete, Tuple

from rlnotes import catalog, manual
from rlnotes.agents import CATALOG, Random
from rlnotes.agents.agent import Agent, Problem, ProblemError
from rlnotes.agents.bandits.bandit_agent import BanditAgent
from rlnotes.agents.planning.planner import Planner
from rlnotes.agents.tabular.episodic_agent import EpisodicAgent
from rlnotes.envs import BernoulliBandit, GaussianBandit
from rlnotes.envs.catalog import load
from rlnotes.envs.registered import Registered
from rlnotes.experiment import Cell

AGENTS = [load(path) for path in CATALOG.values()]
PLANNERS = [agent for agent in AGENTS if issubclass(agent, Planner)]
LEARNERS = [agent for agent in AGENTS if agent not in PLANNERS]


@pytest.mark.parametrize("agent", AGENTS)
class TestContract:
    def test_its_fields_are_its_settings_with_defaults_and_meanings(self, agent):
        assert is_dataclass(agent)
        assert issubclass(agent, Agent)
        documented = list(manual.settings(f"{agent.__module__}:{agent.__name__}"))
        settings = catalog.settings(agent())
        assert [setting.name for setting in documented] == list(settings)
        assert [setting.default for setting in documented] == [catalog.written(value) for value in settings.values()]
        assert agent() == replace(agent())
        assert set(vars(agent())) == {field.name for field in fields(agent)}

    def test_its_docstring_gives_a_formula(self, agent):
        assert set("=←≥") & set(agent.__doc__)

    def test_actions_are_one_valid_action_a_run_and_the_same_seed_gives_the_same_ones(self, agent):
        noise = np.random.default_rng(1).normal(size=(50, 5))
        first, again = (play(agent(), lambda t, action: noise[t]) for _ in range(2))
        assert first.shape == (50, 5)
        assert np.isin(first, [0, 1, 2]).all()
        assert (first == again).all()

    def test_begin_forgets_everything(self, agent):
        noise = np.random.default_rng(1).normal(size=(50, 5))
        started = agent()
        first = play(started, lambda t, action: noise[t])
        play(started, lambda t, action: -noise[t], seed=3)
        assert (play(started, lambda t, action: noise[t]) == first).all()

    def test_a_run_does_not_depend_on_its_neighbours(self, agent):
        noise = np.random.default_rng(1).normal(size=(50, 5))
        other = noise.copy()
        other[:, 3] = np.round(10 * other[:, 3])  # with ties, which cost the others no luck
        others = np.arange(5) != 3
        a, b = (play(agent(), lambda t, action, x=x: x[t]) for x in (noise, other))
        assert (a[:, others] == b[:, others]).all()

    def test_it_refuses_a_problem_that_it_cannot_act_in(self, agent):
        with pytest.raises(ProblemError, match="needs"):
            agent().check(Problem(Discrete(1), Tuple([Discrete(2)]), 1, 1))


@pytest.mark.parametrize("agent", [agent for agent in LEARNERS if not issubclass(agent, EpisodicAgent)])
@pytest.mark.parametrize(
    "cell",
    [
        {"env": GaussianBandit(arms=20), "steps": 5},  # a horizon shorter than k
        {"env": GaussianBandit(arms=1), "steps": 30},
        {"env": GaussianBandit(arms=3, std=0.0), "steps": 30},
        {"env": GaussianBandit(means=[0.5, 0.5, 0.5]), "steps": 30},
        {"env": BernoulliBandit(means=[0.0, 1.0]), "steps": 30},
        {"env": GaussianBandit(), "steps": 1, "runs": 1},
    ],
)
def test_it_works_where_the_problem_is_degenerate(agent, cell):
    regret = Cell(agent(), **{"runs": 7, **cell}).simulate().data["regret"]
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


@pytest.mark.parametrize("agent", [agent for agent in AGENTS if issubclass(agent, BanditAgent)])
def test_a_bandit_agent_refuses_an_environment_with_states(agent):
    with pytest.raises(ProblemError, match=r"needs a bandit.*Discrete\(16\)"):
        agent().check(Problem(Discrete(16), Discrete(4), 1, 1))
    with pytest.raises(ProblemError, match=r"needs a bandit.*start=1"):
        agent().check(Problem(Discrete(1), Discrete(4, start=1), 1, 1))
