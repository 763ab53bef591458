"""Agents and environments that are not this project's."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from rlnotes import catalog, compare
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Agent
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs import GaussianBandit
from rlnotes.simulation import recorder, simulate
from rlnotes.simulation.cell import Cell


@dataclass
class First(Agent):
    """Always takes action 0, and reports arrays of its own."""

    def begin(self, problem, rng):
        super().begin(problem, rng)
        self.runs = problem.runs

    def act(self, observation):
        return np.zeros(self.runs, int)

    def report(self):
        return {"own": np.arange(self.runs)}


def test_what_an_agent_reports_under_names_of_its_own_is_in_the_result():
    data = compare(First(), "gaussian_bandit", steps=5, runs=1_003, progress=False)["First"].data
    assert data["own"].tolist() == [*range(1_000), *range(3)]


@dataclass
class Forgetful(BanditAgent):
    """Its begin() prepares nothing that a bandit agent needs."""

    def begin(self, problem, rng):
        self.rng = rng

    def act(self, observation):
        return self.argmax()


@dataclass
class Careless(First):
    """Calls super().begin(), and has a mistake of its own."""

    def act(self, observation):
        return self.unknown


def test_a_begin_that_does_not_call_the_one_of_its_base_is_named():
    with pytest.raises(SettingError) as error:
        compare(Forgetful(), "gaussian_bandit", steps=5, runs=2, progress=False)
    assert str(error.value) == "agent=Forgetful: its begin() must first call super().begin(problem, rng)"
    with pytest.raises(AttributeError, match="unknown"):
        compare(Careless(), "gaussian_bandit", steps=5, runs=2, progress=False)


NOW = [0.0]
"""the time of a clock that only agents move"""


@dataclass
class Slow(First):
    """Takes 100 seconds to prepare, and 2 in each step."""

    def begin(self, problem, rng):
        super().begin(problem, rng)
        NOW[0] += 100

    def act(self, observation):
        NOW[0] += 2
        return super().act(observation)


def test_the_seconds_of_a_result_are_those_of_its_steps(monkeypatch):
    for module in (simulate, recorder):
        monkeypatch.setattr(module, "perf_counter", lambda: NOW[0])
    result = simulate.simulate(Cell(Slow(), GaussianBandit(), steps=5, runs=3))
    assert (result.seconds, result.steps_per_second) == (10, 1.5)


@dataclass
class Diverging(First):
    """Reports values that are not finite."""

    def report(self):
        return Record(learned_value=np.array([np.nan]))


def test_divergence_of_an_agent_without_a_step_size_names_the_agent():
    with pytest.raises(SettingError, match=r"^agent=Diverging: the learnt values diverge$"):
        compare(Diverging(), "gaussian_bandit", steps=5, runs=2, progress=False)


@dataclass
class Wrong(First):
    """Gives wrong actions in step 3."""

    actions: str = ""

    def act(self, observation):
        self.t = getattr(self, "t", 0) + 1
        wrong = {
            "short": np.zeros(self.runs - 1, int),
            "columns": np.zeros((self.runs, 1), int),
            "half": np.full(self.runs, 0.5),
            "nothing": None,
            "words": np.full(self.runs, "left"),
            "beyond": np.full(self.runs, 99),
            "negative": np.full(self.runs, -1),
        }
        return wrong[self.actions] if self.t == 3 else super().act(observation)


@pytest.mark.parametrize("env", ["gaussian_bandit", "linear_bandit", "random_walk", "CartPole-v1", "Blackjack-v1"])
@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("short", r"gave actions of shape \(1,\) in step 3; must be one action per run, \(2,\)"),
        ("columns", r"gave actions of shape \(2, 1\) in step 3; must be one action per run, \(2,\)"),
        ("nothing", r"gave actions of shape \(\) in step 3; must be one action per run, \(2,\)"),
        ("half", r"gave actions of type float64 in step 3; must be whole numbers from 0 to \d"),
        ("words", r"gave actions of type <U4 in step 3; must be whole numbers from 0 to \d"),
        ("beyond", r"gave action 99 in step 3; must be whole numbers from 0 to \d"),
        ("negative", r"gave action -1 in step 3; must be whole numbers from 0 to \d"),
    ],
)
def test_wrong_actions_of_an_agent_are_named_in_one_line(env, actions, message):
    with pytest.raises(SettingError, match=f"^agent=Wrong: {message}$"):
        compare(Wrong(actions), env, steps=30, runs=2, progress=False)


@pytest.mark.parametrize(
    ("method", "attribute"), [("greedy", "learns_policy"), ("checkpoint", "resumable"), ("log", "logs")]
)
def test_an_ability_must_be_declared(method, attribute):
    with pytest.raises(TypeError, match=rf"^Able defines {method}\(\) and must declare {attribute} = True$"):
        type("Able", (First,), {method: lambda self, *given: None})
    assert type("Able", (First,), {method: lambda self, *given: None, attribute: True})


@pytest.mark.parametrize(
    ("agent", "env", "message"),
    [
        (First(), SimpleNamespace(discount=1.0), "env=SimpleNamespace: must be an object of a subclass of Environment"),
        (object(), GaussianBandit(), "agent=object: must be an object of a subclass of Agent"),
    ],
)
def test_an_object_of_another_kind_is_refused(agent, env, message):
    with pytest.raises(SettingError) as refused:
        Cell(agent, env)
    assert str(refused.value) == message


def test_the_settings_of_a_registered_environment_show_the_discount_that_it_has():
    env = catalog.make("env", "FrozenLake-v1")
    env.settings["discount"] = 0.3
    assert env.setting_values()["discount"] == env.discount == 0.99
