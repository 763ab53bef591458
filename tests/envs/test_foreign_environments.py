"""Environments that are not this project's: wrong values are refused, and right ones stay as they are."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete
from gymnasium.vector import AutoresetMode, VectorEnv
from support import wrong_environments
from support.quick_agents import quick
from support.wrong_environments import faults

from rlnotes import catalog
from rlnotes.agents import TD, UCBQ, MonteCarlo, NStepTD, QLearning, Random
from rlnotes.agents.base.agent import SET_LIMIT, Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs.base.checked_env import checked
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

pytestmark = pytest.mark.usefixtures("registry")


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_value_of_an_environment_or_an_agent_is_refused_in_one_line(seed):
    assert not list(faults(40, seed))


def test_many_wrong_values_are_refused_before_an_agent_sees_them():
    assert not list(faults(500, 5, wrong_environments.play_alone))


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


class Endless(gym.Env):
    """No episode ends. There are `states` states."""

    action_space = Discrete(2)

    def __init__(self, states=2):
        self.observation_space = Discrete(states)

    def reset(self, *, seed=None, options=None):
        return 0, {}

    def step(self, action):
        return 1, 0.0, False, False, {}


class Actions(gym.Env):
    """The reward is the mean of the action."""

    observation_space = Discrete(1)

    def __init__(self, space):
        self.action_space = space

    def reset(self, *, seed=None, options=None):
        return 0, {}

    def step(self, action):
        assert action in self.action_space
        return 0, float(np.mean(action)), True, False, {}


@pytest.mark.parametrize(
    ("space", "mean", "deviation"),
    [
        (Box(-1, 3, (2,)), 1, 4 / 24**0.5),
        (Box(-np.inf, np.inf, (4,)), 0, 0.5),
        (MultiDiscrete([3, 5]), 1.5, (2 / 3 + 2) ** 0.5 / 2),
        (MultiBinary(4), 0.5, 0.25),
    ],
)
def test_random_plays_any_array_of_actions_with_its_law(space, mean, deviation):
    """The mean of 4,000 rewards is within 5.5 of its standard deviations; false alarm 4e-8 by the normal law."""
    gym.register("Actions-v0", entry_point=lambda: Actions(space))
    data = simulate(Cell(Random(), Registered("Actions-v0"), steps=500, runs=8)).data
    assert abs(data["returns"].mean() - mean) < 5.5 * deviation / 4_000**0.5
    assert len(np.unique(data["returns"][:, :3], axis=0)) > 1


def message(make):
    """The message of the `SettingError` that a call raises."""
    with pytest.raises(SettingError) as refused:
        make()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_parts_in_a_batch_of_ones_own_are_refused_in_one_line():
    env = RingBatch().batch(1)
    env.single_observation_space = Dict(a=Discrete(2))
    assert message(lambda: checked(env)).startswith("env=RingBatch: cannot be used: its observations are Dict")


def test_states_that_do_not_fit_into_memory_are_refused_before_anything_is_allocated():
    gym.register("Endless-v0", entry_point=Endless)
    env = Registered("Endless-v0", {"states": 10**12})
    assert re.match(r"env=Endless-v0: needs 16,000\.0 GB of memory, and", message(lambda: Cell(Random(), env, runs=9)))


@pytest.mark.parametrize(
    ("name", "settings"),
    [("dqn", {"batch": 1024}), ("drqn", {"batch": 64}), ("ppo", {"rollout": 1024}), ("sb3_ppo", {"rollout": 1024})],
)
def test_one_hot_inputs_that_do_not_fit_into_memory_are_refused(name, settings, monkeypatch):
    """1,024 steps of 10 runs in 10^5 states take 12.3 GB; the weights take less than 1 GB."""
    agent = quick(name, **settings | ({"sequence": 12, "burn_in": 4, "begin_after": 16} if name == "drqn" else {}))
    problem = Problem(Discrete(10**5), Discrete(2), 10, 50)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=13 * 10**9))
    agent.check(problem)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=12 * 10**9))
    assert message(lambda: agent.check(problem)) == "runs=10: needs 12.3 GB of memory, and 12.0 GB are free"


def test_an_id_without_a_time_limit_is_told_where_to_set_one():
    gym.register("Endless-v0", entry_point=Endless)
    assert "or env.max_episode_steps of an id" in message(lambda: Cell(UCBQ(), Registered("Endless-v0")))
    few = message(lambda: simulate(Cell(Random(), Registered("Endless-v0"), steps=20, runs=1)))
    assert few.endswith(f"no episode ended in 1 of 1 runs; {SET_LIMIT}")
    agent = MonteCarlo()
    agent.begin(Problem(Discrete(2), Discrete(2), 1, None), np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlnotes.agents.tabular.base.episode_buffer.LONGEST", 8)
        found = message(lambda: agent.learn(checked(Registered("Endless-v0").batch(1)), 100_000))
    assert found.endswith("; set env.time_limit, or env.max_episode_steps of an id of Gymnasium's")
