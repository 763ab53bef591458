"""The contract of every agent of the catalogue."""

import re
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from math import inf, nan

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Discrete, Tuple
from support.bandits import REWARDS, contextual, meet, problem
from support.catalogue import installed
from support.quick_agents import ACTORS, GAMES, IMAGINERS, IMITATORS, SB3_ACTORS, quick
from support.recorded import recorded

from rlnotes import catalog
from rlnotes.agents import (
    CATALOG,
    ETC,
    IMED,
    KLUCB,
    UCBV,
    DoublingETC,
    Exp3,
    Exp3IX,
    GradientBandit,
    KLUCBPlusPlus,
    Random,
    SuccessiveElimination,
    TsallisINF,
    UCBTuned,
)
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.base.expert_agent import ExpertAgent
from rlnotes.agents.linear.base.average_reward_agent import AverageRewardAgent
from rlnotes.agents.planning.base.planner import Planner
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.base.errors import SettingError
from rlnotes.cli import help
from rlnotes.envs import BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit, LinearBandit
from rlnotes.envs.base.actions import ActionMask
from rlnotes.envs.base.checked_env import checked
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.given_data import given
from rlnotes.simulation.simulate import simulate

AGENTS = installed(CATALOG)
PLANNERS = [agent for agent in AGENTS if issubclass(agent, Planner)]
LEARNERS = [agent for agent in AGENTS if agent not in PLANNERS]
BANDIT_AGENTS = [agent for agent in AGENTS if issubclass(agent, BanditAgent | LinearAgent)]
KINDS = [*REWARDS, "contexts", "some arms"]
"""kinds of bandits: by the knowledge about their rewards, with contexts, or with rewards 0 and 1 of some arms only"""
OBSERVATIONS = {
    "contexts": np.random.default_rng(2).uniform(-1, 1, (50, 5, 3, 4)),
    "some arms": np.random.default_rng(3).permuted([[[1, 0, 1], [0, 1, 0]] * 5] * 25, axis=2).reshape(50, 5, 3),
}
"""observations in 50 steps of 5 runs, if there are several"""


def accepts(agent, problem):
    """Whether an agent of a class accepts a problem."""
    try:
        agent().check(problem)
    except ProblemError:
        return False
    return True


def of_kind(kind):
    """A problem of a kind."""
    if kind == "some arms":
        return replace(problem(rewards="binary"), observation_space=ActionMask(3))
    if kind == "undiscounted":
        return replace(problem(), discount=1.0)
    return contextual() if kind == "contexts" else problem(rewards=kind)


OTHER = {True: ["undiscounted"], False: ["unknown"]}  # of agents that do not use `rewards`
PAIRS = [
    (agent, kind)
    for agent in AGENTS
    for kind in (KINDS if agent in (*BANDIT_AGENTS, Random) else OTHER[issubclass(agent, AverageRewardAgent)])
    if accepts(agent, of_kind(kind))
]
"""every agent with every kind that it accepts"""


def met(agent, kind, noise, seed=0):
    """Actions [50, 5] of an agent on a problem of a kind, with rewards made from `noise` [50, 5]."""
    binary = (noise > 0).astype(float)
    paid = {"bounded": 1 / (1 + np.exp(-noise)), "binary": binary, "some arms": binary}.get(kind, noise)
    observations = OBSERVATIONS.get(kind, np.zeros((50, 5), int))
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
        if kind == "some arms":
            assert np.take_along_axis(OBSERVATIONS[kind], first[:, :, None], axis=2).all()
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
        other[:, 3] = np.round(-10 * other[:, 3])  # with ties, which cost the others no random number
        others = np.arange(5) != 3
        a, b = (met(agent(), kind, x) for x in (noise, other))
        assert (a[:, others] == b[:, others]).all()


@pytest.mark.parametrize(("agent", "setting"), [(agent, f.name) for agent in BANDIT_AGENTS for f in fields(agent)])
def test_a_setting_of_another_type_is_named(agent, setting):
    with pytest.raises(
        SettingError, match=rf"^{setting}={{}}: must be (a (whole )?number|true or false|a word|a list)"
    ):
        agent(**{setting: {}})


WRONG = ["a word", "two\nlines", -1, 2.5, nan, inf, -inf, None, True, [], ["a"], [-1], [nan], {}, b"bytes", object()]
"""values that hardly any setting accepts"""


def refusal(agent, setting, value):
    """The error of an agent of the catalogue with this value of a setting; None if it is accepted."""
    group, _, inner = setting.rpartition(".")
    try:
        catalog.make("agent", agent, {group: {inner: value}} if group else {setting: value})
    except Exception as error:
        return error


@pytest.mark.parametrize("agent", CATALOG)
def test_every_refusal_of_a_setting_is_one_line_that_names_the_setting_its_value_and_the_requirement(agent):
    for setting in catalog.find("agent", agent)().setting_values():
        errors = {str(value): error for value in WRONG if (error := refusal(agent, setting, value))}
        assert errors, setting
        for value, error in errors.items():
            assert isinstance(error, SettingError), (setting, value, error)
            assert str(error).startswith(f"{setting}={' '.join(value.split())}: ")
            assert "\n" not in str(error)
            assert re.search("must (be|have|divide)|needs|has", error.requirement), error


REFUSED = {agent: {"unknown"} for agent in (KLUCB, KLUCBPlusPlus, IMED)}
REFUSED |= {agent: {"unknown", "gaussian", "contexts"} for agent in (UCBTuned, UCBV)}
REFUSED |= {agent: {"unknown", "gaussian", "contexts", "some arms"} for agent in (Exp3, Exp3IX, TsallisINF)}
REFUSED |= {LinearAgent: {*REWARDS, "some arms"}}
REFUSED |= {agent: {"some arms"} for agent in (ETC, DoublingETC, GradientBandit, SuccessiveElimination)}


def test_every_agent_is_tried_and_refuses_only_problems_without_something_that_it_needs():
    of_deep = ACTORS | SB3_ACTORS | GAMES | IMAGINERS  # see tests/agents/deep
    assert {agent for agent, _ in PAIRS} | {catalog.find("agent", name) for name in of_deep} == set(AGENTS)
    for agent in BANDIT_AGENTS:
        refused = set(KINDS) - {kind for other, kind in PAIRS if other is agent}
        assert refused == REFUSED.get(LinearAgent if issubclass(agent, LinearAgent) else agent, set()), agent


DEGENERATE = [
    (GaussianBandit, {"arms": 20}, {"steps": 5}),  # a horizon shorter than k
    (GaussianBandit, {"arms": 1}, {"steps": 30}),
    (GaussianBandit, {"arms": 3, "std": 0.0}, {"steps": 30}),
    (GaussianBandit, {"means": [0.5, 0.5, 0.5]}, {"steps": 30}),
    (BernoulliBandit, {"means": [0.0, 1.0]}, {"steps": 30}),
    (GaussianBandit, {}, {"steps": 1, "runs": 1}),
    (BernoulliBandit, {"arms": 20}, {"steps": 5}),
    (BernoulliBandit, {"arms": 1}, {"steps": 30}),
    (BernoulliBandit, {"means": [1.0, 1.0, 1.0]}, {"steps": 30}),
    (BernoulliBandit, {}, {"steps": 1, "runs": 1}),
    (BernoulliBandit, {"arms": 4, "available": 0.0}, {"steps": 30}),
    (BetaBandit, {"arms": 4, "available": 0.5, "drift": 0.1}, {"steps": 30}),
    (BetaBandit, {"arms": 3, "concentration": 1e-3}, {"steps": 30}),
    (ExponentialBandit, {"arms": 3}, {"steps": 30}),
    (LinearBandit, {"arms": 20}, {"steps": 5}),
    (LinearBandit, {"arms": 1, "dimension": 1}, {"steps": 30}),
    (LinearBandit, {"arms": 3, "std": 0.0}, {"steps": 30}),
    (LinearBandit, {}, {"steps": 1, "runs": 1}),
]
"""environment, its settings, and those of the cell"""


def fitting(agent):
    """The degenerate cells that an agent accepts; the first six for agents that do not use `rewards`."""
    cells = DEGENERATE if agent in (*BANDIT_AGENTS, Random) else DEGENERATE[:6]
    made = [(env(**settings), extent["steps"]) for env, settings, extent in cells]
    problems = [Problem.of(env, env.batch(1), steps) for env, steps in made]
    return [cell for cell, problem in zip(cells, problems, strict=True) if accepts(agent, problem)]


@pytest.mark.parametrize(
    ("agent", "env", "settings", "extent"),
    [
        (agent, *cell)
        for agent in LEARNERS
        if not issubclass(agent, EpisodicAgent | ExpertAgent)  # there is no expert of such problems
        for cell in fitting(agent)
    ],
)
def test_it_works_in_a_degenerate_problem(agent, env, settings, extent):
    name, task = CATALOG.name(agent), env(**settings)
    made = quick(name) if name in IMITATORS else agent()
    regret = simulate(Cell(made, task, data=given(recorded(task), made), **{"runs": 7, **extent})).data["regret"]
    assert np.isfinite(regret).all()
    assert (np.diff(regret, axis=1) >= 0).all()


class Listener(Random):
    """Random play that stores every transition."""

    def begin(self, problem, rng):
        super().begin(problem, rng)
        self.transitions = []

    def update(self, transition):
        self.transitions.append(transition)


def gymnasiums_own():
    """Gymnasium's own batch of cart-poles, whose last observations are in arrays of objects."""
    mode = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    return checked(gym.make_vec("CartPole-v1", num_envs=4, vectorization_mode="sync", vector_kwargs=mode))


@pytest.mark.parametrize("make", [gymnasiums_own, lambda: Registered("CartPole-v1").batch(4)], ids=["theirs", "ours"])
def test_at_the_end_of_an_episode_an_agent_learns_from_the_last_observation_and_acts_on_the_first_of_the_next(make):
    env = make()
    agent = Listener()
    agent.begin(Problem(env.single_observation_space, env.single_action_space, 4, 100), np.random.default_rng(0))
    agent.learn(env, 100)
    ended = 0
    for now, after in pairwise(agent.transitions):
        over = now.terminated | now.truncated
        ended += over.sum()
        fallen = np.abs(now.next_observation[:, [0, 2]]) > [2.4, 12 * np.pi / 180]
        assert (fallen.any(axis=1) == now.terminated).all()
        assert (now.next_observation[~over] == after.observation[~over]).all()
        assert (np.abs(after.observation[over]) <= 0.05).all()
    assert ended > 4
