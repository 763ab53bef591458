"""What several tests need."""

import os
import subprocess
import sys

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes.agents.agent import Problem, Transition
from rlnotes.envs.mdps.model import Model
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


def problem(runs=5, horizon=50, k=3):
    """A bandit of k arms, and as a model one state in which the last action pays 1, in episodes of 10 steps."""
    model = Model.from_arrays(np.ones((1, k, 1)), [[*[0.0] * (k - 1), 1.0]], start=0, discount=0.9)
    return Problem(Discrete(1), Discrete(k), runs, horizon, model.discount, model, 10)


def play(agent, reward_of, runs=5, horizon=50, k=3, seed=0):
    """Actions [horizon, runs] of an agent that is paid `reward_of(t, actions)`."""
    agent.begin(problem(runs, horizon, k), np.random.default_rng(seed))
    nothing, never = np.zeros(runs, int), np.zeros(runs, bool)
    history = []
    for t in range(horizon):
        action = agent.act(nothing)
        history.append(action.copy())
        agent.update(Transition(nothing, action, reward_of(t, action), nothing, never, never | (t % 10 == 9)))
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
