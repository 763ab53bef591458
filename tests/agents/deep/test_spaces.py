"""Deep agents in environments of Gymnasium's with observations and actions of several parts."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Discrete, MultiDiscrete

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


@pytest.fixture(autouse=True)
def registered():
    """The environments of this file, for the time of a test."""
    gym.register("TwoChoices-v0", entry_point=TwoChoices)
    yield
    del gym.registry["TwoChoices-v0"]


@pytest.mark.parametrize("agent", ["reinforce", "actor_critic", "ppo"])
def test_policies_learn_two_choices_at_once(agent):
    """A random action pays 5/6 on average. 3 of 10 runs must reach 1.4, as in test_deep_learning.py."""
    settings = {"learning_rate": 1e-2, "network": {"widths": [16]}, "rollout": 16 if agent == "actor_critic" else 64}
    cell = Cell(catalog.make("agent", agent, settings), Registered("TwoChoices-v0"), steps=2_000, runs=10)
    returns = simulate(cell).data["returns"]
    assert (returns[:, -100:].mean(axis=1) >= 1.4).sum() >= 3
