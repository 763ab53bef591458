"""What several tests need."""

import os
import subprocess
import sys

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from rlnotes.agents.agent import Problem, Transition
from rlnotes.envs.mdps.model import Model
from rlnotes.envs.rewards import UNKNOWN, Rewards
from rlnotes.run import main

os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch's threads would get into the way of tests beside


@pytest.fixture
def command(tmp_path):
    """Run `python -m rlnotes.run` in an empty folder: a function of its arguments that returns the finished process."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "rlnotes.run", *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in this process and an empty folder: a function of its words that returns what was printed."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["rlnotes", *arguments])
        main()
        return capsys.readouterr().out

    return run


REWARDS = {
    "unknown": UNKNOWN,
    "gaussian": Rewards(std=1.0),
    "bounded": Rewards(low=0.0, high=1.0),
    "binary": Rewards(low=0.0, high=1.0, binary=True),
}
"""what may be known of the rewards of a bandit"""


def problem(runs=5, horizon=50, k=3, rewards="unknown"):
    """A bandit of k arms, and as a model one state in which the last action pays 1, in episodes of 10 steps."""
    model = Model.from_arrays(np.ones((1, k, 1)), [[*[0.0] * (k - 1), 1.0]], start=0, discount=0.9)
    return Problem(Discrete(1), Discrete(k), runs, horizon, model.discount, model, 10, REWARDS[rewards])


def contextual(runs=5, horizon=50, k=3, dimension=4, std=1.0):
    """A linear bandit of k arms, which are vectors of so many numbers."""
    space = Box(-1.0, 1.0, (k, dimension), np.float64)
    return Problem(space, Discrete(k), runs, horizon, rewards=Rewards(std=std))


def play(agent, reward_of, runs=5, horizon=50, k=3, seed=0, rewards="unknown"):
    """Actions [horizon, runs] of an agent that is paid `reward_of(t, actions)`."""
    return meet(agent, problem(runs, horizon, k, rewards), reward_of, np.zeros((horizon, runs), int), seed)


def meet(agent, problem, reward_of, observations, seed=0):
    """Actions [horizon, runs] of an agent that observes `observations[t]` and is paid `reward_of(t, actions)`."""
    agent.begin(problem, np.random.default_rng(seed))
    never = np.zeros(problem.runs, bool)
    history = []
    for t, observation in enumerate(observations):
        action = agent.act(observation)
        history.append(action.copy())
        agent.update(Transition(observation, action, reward_of(t, action), observation, never, never | (t % 10 == 9)))
    return np.array(history)


def cells(results):
    """The bytes that decide a results folder: every cell's settings and data."""
    return {
        (path.parent.name, path.name): path.read_bytes()
        for path in sorted(results.glob("cells/*/*"))
        if path.name in ("config.yaml", "data.npz")
    }


@pytest.fixture
def double():
    """Torch's default of real numbers is float64, and its luck of today is 0."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)
