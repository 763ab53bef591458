"""Deep agents in environments of Gymnasium's with observations and actions of several parts."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete

from rlnotes import catalog
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


class TwoChoices(gym.Env):
    """An episode has one step. It pays 1 for each part of the action that is the observation modulo its size."""

    observation_space, action_space = Discrete(3), MultiDiscrete([3, 2], start=[0, 5])

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.shown = int(self.np_random.integers(3))
        return self.shown, {}

    def step(self, action):
        right = action == np.array([self.shown, 5 + self.shown % 2])
        return self.shown, float(right.sum()), True, False, {}


class Goal(gym.Env):
    """An episode has one step. The action should be 1 if `at` is beyond the goal of this episode, and otherwise 0."""

    observation_space, action_space = Dict(at=Box(0, 3, (1,)), goal=Discrete(3)), Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at, self.goal = self.np_random.uniform(0, 3), int(self.np_random.integers(3))
        return self.shown(), {}

    def shown(self):
        return {"at": np.array([self.at], np.float32), "goal": self.goal}

    def step(self, action):
        return self.shown(), float(action == (self.at > self.goal + 0.5)), True, False, {}


@pytest.fixture(autouse=True)
def registered(registry):
    """The environments of this file, for the time of a test."""
    for made in (TwoChoices, Goal):
        gym.register(f"{made.__name__}-v0", entry_point=made)


@pytest.mark.parametrize("agent", ["reinforce", "actor_critic", "ppo"])
def test_policies_learn_two_choices_at_once(agent):
    """A random action pays 5/6 on average. 3 of 10 runs must reach 1.4, as in test_deep_learning.py."""
    settings = {"learning_rate": 1e-2, "network": {"widths": [16]}, "rollout": 16 if agent == "actor_critic" else 64}
    cell = Cell(catalog.make("agent", agent, settings), Registered("TwoChoices-v0"), steps=2_000, runs=10)
    returns = simulate(cell).data["returns"]
    assert (returns[:, -100:].mean(axis=1) >= 1.4).sum() >= 3


@pytest.mark.parametrize(
    ("agent", "settings"),
    [
        ("dqn", {"begin_after": 100, "epsilon": "linear:1:0.05:1000", "learning_rate": 3e-3, "copy_every": 100}),
        ("ppo", {"learning_rate": 1e-2, "rollout": 64}),
        ("sb3_ppo", {"learning_rate": 1e-2, "rollout": 64}),
    ],
)
def test_agents_learn_from_a_number_and_a_goal(agent, settings):
    """A random action pays ½, and a policy that ignores a part at most 7/9. 3 of 10 runs must reach 0.88."""
    settings = settings | {"network": {"widths": [16]}}
    cell = Cell(catalog.make("agent", agent, settings), Registered("Goal-v0"), steps=2_000, runs=10)
    returns = simulate(cell).data["returns"]
    assert (returns[:, -200:].mean(axis=1) >= 0.88).sum() >= 3
