"""Environments of Gymnasium's in several processes: the same numbers, errors in one line, and no process that stays."""

import os
import signal
import time

import gymnasium as gym
import numpy as np
import psutil
import pytest
from gymnasium.spaces import Box, Discrete

from rlnotes.agents import QLearning, Random
from rlnotes.base.errors import SettingError
from rlnotes.envs import Registered
from rlnotes.envs.base.run_processes import RunProcesses
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


class Walk(gym.Env):
    """A random walk whose episodes terminate, or are truncated after 5 steps; it changes its array in place."""

    action_space = Discrete(3)

    def __init__(self, wrong=None, form="state"):
        self.observation_space = Discrete(9) if form == "state" else Box(0, 9, (1,), np.float64)
        self.wrong, self.form, self.array = wrong, form, np.zeros(1)

    def shown(self):
        self.array[0] = self.at
        mask = np.array([1, 1, self.at % 2], np.int8)
        return int(self.at) if self.form == "state" else self.array, {"action_mask": mask, "rest": lambda: None}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at, self.steps = 4, 0
        return self.shown()

    def step(self, action):
        self.at += self.np_random.integers(-1, 2)
        self.steps += 1
        if self.steps == 3 and self.wrong == "raises":
            raise ArithmeticError("too far")
        if self.steps == 3 and self.wrong == "exits":
            os._exit(3)
        observation, info = self.shown()
        observation = 99 if self.wrong == "state" else observation
        return observation, float(self.at * action), bool(self.at in (2, 6)), self.steps == 5, info


@pytest.fixture(autouse=True)
def walk():
    gym.register("Walk-v0", entry_point=Walk)
    yield
    gym.registry.pop("Walk-v0")


def children():
    return [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("agent", [Random(), QLearning()])
@pytest.mark.parametrize("processes", [2, 3, 99])
def test_the_numbers_do_not_depend_on_the_number_of_processes(agent, processes):
    def played(number):
        env = Registered("Walk-v0", {"processes": number, "form": "state"})
        return simulate(Cell(agent, env, steps=60, runs=5)).data

    one, several = played(None), played(processes)
    assert one.keys() == several.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], several[name])
    assert one["truncated"].any()
    assert not children()


def test_every_value_is_the_same_with_arrays_that_change_in_place():
    batches = [Registered("Walk-v0", {"processes": number, "form": "box"}).batch(4) for number in (None, 2)]
    assert isinstance(batches[1].env, RunProcesses)
    steps = [[batch.reset(seed=3), *(batch.step(np.ones(4, int)) for _ in range(40))] for batch in batches]
    for one, several in zip(*steps, strict=True):
        np.testing.assert_equal(one[:-1], several[:-1])
        np.testing.assert_equal(*({key: info.get(key) for key in KEYS} for info in (one[-1], several[-1])))
    for batch in batches:
        batch.close()
    assert not children()


KEYS = ["action_mask", "final_mask", "final_obs"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("raises", r"^env=Walk-v0: cannot be stepped \(ArithmeticError: too far, .*test_run_processes.py:\d+\)$"),
        ("state", r"^env=Walk-v0: gave observation 99 in step 1; must be whole numbers from 0 to 8$"),
        ("exits", r"^env=Walk-v0: a process that steps it has ended$"),
    ],
)
def test_what_goes_wrong_in_a_process_is_an_error_of_one_line(wrong, message):
    env = Registered("Walk-v0", {"processes": 2, "wrong": wrong, "form": "state"})
    with pytest.raises(SettingError, match=message):
        simulate(Cell(Random(), env, steps=60, runs=5))
    assert not children()


def test_an_environment_that_can_be_made_only_once_is_refused_in_one_line():
    made = iter([Walk()])
    gym.register("Once-v0", entry_point=lambda: next(made))
    with pytest.raises(SettingError, match=r"^env=Once-v0: cannot be made \(StopIteration"):
        Registered("Once-v0", {"processes": 2}).batch(4)
    gym.registry.pop("Once-v0")
    assert not children()


def test_the_processes_end_with_the_one_that_started_them():
    parent = os.fork()
    if parent == 0:
        Registered("Walk-v0", {"processes": 3}).batch(3)
        time.sleep(60)
        os._exit(0)
    deadline = time.monotonic() + 30
    while len(workers := psutil.Process(parent).children()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(workers) == 3
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert not psutil.wait_procs(workers, timeout=30)[1]


@pytest.mark.parametrize("value", [0, -1, 1.5, "two"])
def test_the_number_of_processes_is_a_whole_number(value):
    with pytest.raises(SettingError, match=r"^processes="):
        Registered("Walk-v0", {"processes": value})
