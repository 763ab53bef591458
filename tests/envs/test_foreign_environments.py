"""Environments that are not this project's: wrong values are refused, and right ones stay as they are."""

import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Discrete, MultiDiscrete
from gymnasium.vector import AutoresetMode, VectorEnv
from support import wrong_environments
from support.wrong_environments import faults

from rlnotes import catalog
from rlnotes.agents import TD, NStepTD, QLearning
from rlnotes.envs.base.checked_env import checked
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.fixture(autouse=True)
def registry():
    """Gymnasium's registry, which becomes again what it was."""
    before = dict(gym.registry)
    yield
    gym.registry.clear()
    gym.registry.update(before)


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_value_of_an_environment_or_an_agent_is_refused_in_one_line(seed):
    assert not list(faults(40, seed))


@pytest.mark.slow
def test_no_wrong_value_ends_the_process():
    file = Path(wrong_environments.__file__)
    environment = {**os.environ, "PYTHONPATH": str(file.parent.parent)}
    line = [sys.executable, file, "1000", "1"]
    printed = subprocess.run(line, env=environment, capture_output=True, text=True, check=True, timeout=600).stdout
    assert printed == "1000 cases with seed 1, 1000 ended well\n"


class Ring(gym.Env):
    """From state s to s + 1 mod 5 for a reward of s; the observation is one array, which every step changes."""

    observation_space, action_space = MultiDiscrete([5]), Discrete(2)

    def __init__(self):
        self.state, self.begun = np.zeros(1, np.int64), 0

    def reset(self, *, seed=None, options=None):
        np.random.RandomState(seed)  # which takes 32 bits
        self.state[0], self.begun = self.begun % 5, self.begun + 1
        return self.state, {}

    def step(self, action):
        reward = float(self.state[0])
        self.state[0] = (self.state[0] + 1) % 5
        return self.state, reward, False, False, {}


class RingBatch(Environment, VectorEnv):
    """A batch of one ring, with a time limit of 3, that changes all its arrays in place."""

    metadata, discount = {"autoreset_mode": AutoresetMode.SAME_STEP}, 0.5
    single_observation_space, single_action_space = Ring.observation_space, Ring.action_space

    def setting_values(self):
        return {}

    def batch(self, num_envs):
        batch = RingBatch()
        batch.num_envs, batch.ring = num_envs, Ring()
        batch.state, batch.last, batch.reward = np.zeros((1, 1), int), np.zeros((1, 1), int), np.zeros(1)
        batch.terminated, batch.truncated = np.zeros((2, 1), bool)
        return batch

    def reset(self, *, seed=None, options=None):
        self.state[0], _ = self.ring.reset(seed=seed)
        self.left = 3
        return self.state, {}

    def step(self, actions):
        self.last[0], self.reward[0], *_ = self.ring.step(actions[0])
        self.left -= 1
        self.state[:], self.truncated[:] = self.last, self.left == 0
        if self.left == 0:
            self.reset()
        return self.state, self.reward, self.terminated, self.truncated, {"final_obs": self.last}


@pytest.mark.parametrize("foreign", ["registered", "a batch"])
@pytest.mark.parametrize("agent", [QLearning(alpha=0.5), TD(alpha=0.5), NStepTD(alpha=0.5, n=2)])
def test_an_environment_that_changes_its_array_in_place_has_the_values_of_its_rewards(foreign, agent):
    gym.register("Ring-v0", entry_point=Ring, max_episode_steps=3)
    env = Registered("Ring-v0", {"discount": 0.5}) if foreign == "registered" else RingBatch()
    found = simulate(Cell(agent, env, steps=3_000, runs=1)).data["learned_value"]
    follows = np.roll(np.eye(5), 1, axis=1)
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(5) - 0.5 * follows, np.arange(5)), rtol=1e-9)


def test_what_a_step_gave_stays_as_it_was():
    env = checked(RingBatch().batch(1))
    steps = [(env.reset(seed=0)[0],), *(env.step(np.zeros(1, int)) for _ in range(6))]
    assert [step[0].item() for step in steps] == [0, 1, 2, 1, 2, 3, 2]
    assert [step[1].item() for step in steps[1:]] == [0, 1, 2, 1, 2, 3]
    assert [step[3].item() for step in steps[1:]] == [False, False, True] * 2
    assert [step[4]["final_obs"].item() for step in steps[1:]] == [1, 2, 3, 2, 3, 4]


BANDIT = {key: getattr(gym.spec("rlnotes/GaussianBandit-v0"), key) for key in ("entry_point", "vector_entry_point")}


def test_an_environment_of_this_project_that_a_registration_changes_has_its_changes():
    gym.register("Two-v0", **BANDIT, kwargs={"arms": 2})
    gym.register("Short-v0", **BANDIT, max_episode_steps=5)
    assert Registered("Two-v0").batch(1).single_action_space == Discrete(2)
    assert catalog.make("env", "Two-v0").batch(1).single_action_space == Discrete(2)
    assert catalog.make("env", "Short-v0").time_limit == 5
