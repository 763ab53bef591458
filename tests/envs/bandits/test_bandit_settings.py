"""The values that settings of bandits may have."""

from dataclasses import fields
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes.agents import UCB
from rlnotes.base.class_table import load_class
from rlnotes.base.errors import SettingError
from rlnotes.envs import (
    CATALOG,
    AdversarialBandit,
    BernoulliBandit,
    BetaBandit,
    ExponentialBandit,
    GaussianBandit,
    LinearBandit,
)
from rlnotes.envs.base.rewards import Rewards
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


class Lottery(gym.Env):
    """A bandit of two arms, registered by a user who knows how much its rewards vary."""

    observation_space, action_space = Discrete(1), Discrete(2)

    def __init__(self, std: float = 2.0, known: bool = True):
        self.std = std
        self.metadata = {"render_modes": []} | ({"rewards": Rewards(std=std)} if known else {})

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 0, action + self.std * self.np_random.standard_normal(), True, False, {}


@pytest.fixture(autouse=True)
def _lottery():
    gym.register("Lottery-v0", entry_point=Lottery)
    yield
    del gym.registry["Lottery-v0"]


@pytest.mark.parametrize(
    ("settings", "known"), [({}, Rewards(std=2.0)), ({"std": 3.0}, Rewards(std=3.0)), ({"known": False}, Rewards())]
)
def test_a_registered_environment_declares_its_rewards_in_its_metadata(settings, known):
    cell = Cell(UCB(), Registered("Lottery-v0", settings), steps=20, runs=2)
    assert cell.problem.rewards == known
    assert cell.settings["inferred"] == {"sigma": known.std or "assumed:1"}
    assert len(simulate(cell).outcome) == 2


def test_the_registered_bandits_of_this_project_declare_their_rewards():
    for bandit in BANDITS:
        assert Registered(f"rlnotes/{bandit.__name__}-v0").rewards == bandit().rewards


def test_rewards_in_the_metadata_must_be_rewards():
    made = Lottery()
    made.metadata["rewards"] = (0, 1)
    gym.register("Wrong-v0", entry_point=lambda: made)
    with pytest.raises(
        SettingError, match=r"^env=Wrong-v0: metadata\['rewards'\] must be Rewards\(\.\.\.\), not \(0, 1\)"
    ):
        Cell(UCB(), Registered("Wrong-v0"))
    del gym.registry["Wrong-v0"]


BANDITS = [load_class(path) for path in CATALOG.values() if "bandits" in path]


@pytest.mark.parametrize(
    ("bandit", "settings", "message"),
    [
        (GaussianBandit, {"arms": 0}, "arms=0: must be 1 or more"),
        (GaussianBandit, {"means": []}, "means=[]: must name the mean of at least one arm"),
        (GaussianBandit, {"means": [0.0, float("nan")]}, "every mean must be a finite number"),
        (GaussianBandit, {"means": [float("inf")]}, "every mean must be a finite number"),
        (GaussianBandit, {"means": [0.0], "arms": 2}, "arms=2: must be 1"),
        (GaussianBandit, {"std": -1.0}, "std=-1.0: must be a finite number, 0 or more"),
        (GaussianBandit, {"std": float("nan")}, "std=nan: must be"),
        (
            GaussianBandit,
            {"std": [1.0, 2.0], "arms": 3},
            "std=[1.0, 2.0]: must be a finite number, 0 or more, or a list of 3",
        ),
        (GaussianBandit, {"std": "wide"}, "std=wide: must be"),
        (GaussianBandit, {"gap": -0.1}, "gap=-0.1: must be a finite number, 0 or more"),
        (GaussianBandit, {"gap": 1.0, "means": [0.0]}, "gap=1.0: must be null if means are given"),
        (
            BernoulliBandit,
            {"gap": 0.6},
            "gap=0.6: gives an arm the mean -0.1: every mean of such an arm must be from 0 to 1",
        ),
        (BetaBandit, {"concentration": 0.0}, "concentration=0.0: must be above 0 and at most 1e12"),
        (ExponentialBandit, {"means": [-1.0]}, "means=[-1.0]: every mean of such an arm must be 0 or more"),
        (GaussianBandit, {"changes": [1]}, "changes=[1]: must be steps, 2 or more"),
        (GaussianBandit, {"change_probability": 1.1}, "change_probability=1.1: must be from 0 to 1"),
        (GaussianBandit, {"drift": 0.0}, "drift=0.0: must be a finite number above 0"),
        (GaussianBandit, {"changes": []}, "changes=[]: must be steps, 2 or more"),
        (BetaBandit, {"concentration": 2e12}, "concentration=2000000000000.0: must be above 0 and at most 1e12"),
        (LinearBandit, {"dimension": 0}, "dimension=0: must be 1 or more"),
        (LinearBandit, {"std": float("inf")}, "std=inf: must be a finite number, 0 or more"),
        (AdversarialBandit, {"gap": 1.5}, "gap=1.5: must be from 0 to 1"),
        (AdversarialBandit, {"table_seed": -1}, "table_seed=-1: must be 0 or more, or null"),
        (AdversarialBandit, {"table": [[0.0, 1.0]], "gap": 0.1}, "gap=0.1: must be null if a table is given"),
        (AdversarialBandit, {"table": [[0.0, 1.0]], "table_seed": 1}, "table_seed=1: must be null if a table is"),
        (GaussianBandit, {"changes": 5}, "changes=5: must be a list of whole numbers or null"),
        (GaussianBandit, {"changes": [2.5]}, "changes=[2.5]: must be a list of whole numbers or null"),
        (GaussianBandit, {"means": 0.5}, "means=0.5: must be a list of numbers or null"),
        (GaussianBandit, {"means": "abc"}, "means=abc: must be a list of numbers or null"),
        (GaussianBandit, {"means": np.ones((2, 2))}, "means=[[1. 1.] [1. 1.]]: must be a list of numbers or null"),
        (GaussianBandit, {"gap": "x"}, "gap=x: must be a number or null"),
        (GaussianBandit, {"arms": 2.5}, "arms=2.5: must be a whole number or null"),
        (GaussianBandit, {"arms": "3"}, "arms=3: must be a whole number or null"),
        (GaussianBandit, {"arms": True}, "arms=True: must be a whole number or null"),
        (LinearBandit, {"dimension": 2.5}, "dimension=2.5: must be a whole number"),
        (LinearBandit, {"std": [1, 2]}, "std=[1, 2]: must be a number"),
        (BernoulliBandit, {"means": [0.5, 1.5]}, "means=[0.5, 1.5]: every mean of such an arm must be from 0 to 1"),
    ],
)
def test_a_bad_setting_is_named(bandit, settings, message):
    with pytest.raises(SettingError) as error:
        bandit(**settings)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("bandit", "setting"), [(bandit, f.name) for bandit in BANDITS for f in fields(bandit) if f.type is not Any]
)
def test_a_setting_of_another_type_is_named(bandit, setting):
    with pytest.raises(
        SettingError, match=rf"^{setting}={{}}: must be (a (whole number|number|list of |word)|true or false)"
    ):
        bandit(**{setting: {}})


def test_numbers_may_be_those_of_numpy():
    env = GaussianBandit(means=np.array([0.5, 0.1]), changes=np.array([5, 9]), drift=np.float64(0.1))
    assert env.setting_values()["changes"] == [5, 9]
    assert Cell(UCB(), env, steps=10).settings["env"]["means"] == [0.5, 0.1]
    assert GaussianBandit(arms=np.int64(3)).setting_values()["arms"] == 3


def test_a_list_of_lists_on_the_command_line_is_refused_in_one_line(run):
    with pytest.raises(SystemExit, match=r"^rlnotes: env\.means=.*: must be a list of numbers or null$"):
        run("env=bernoulli_bandit", "env.means=[[0.5,0.1],[0.2,0.9]]")
