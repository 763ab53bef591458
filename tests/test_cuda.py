"""What a CUDA device computes, tried on the processor: the same code, but for the compiled layers."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from speed_of.cuda import cuda

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.nn.base import composed, dense_layers

RUNS, STEPS = 3, 64
SCRIPT = Path(__file__).parents[1] / "scripts" / "benchmark.py"


def weights(agent):
    """What an agent learns on the cart-pole [runs, numbers]."""
    env = CartPole(num_envs=RUNS)
    agent.begin(Problem.of(env, env, STEPS), np.random.default_rng(0))
    observation, _ = env.reset(seed=0)
    agent.go_on(env, observation, STEPS)
    return agent.report()["weights"]


@pytest.mark.parametrize(
    "make", [lambda: DQN(begin_after=32, device="cpu"), lambda: PPO(rollout=32, minibatch=16, epochs=2, device="cpu")]
)
def test_layers_of_torch_learn_what_compiled_layers_learn(make, monkeypatch):
    expected = weights(make())
    monkeypatch.setattr(composed, "dense_layers", lambda rows, layers: dense_layers.layers_of_torch(layers))
    np.testing.assert_allclose(weights(make()), expected, rtol=0, atol=2e-4)


def test_the_benchmark_measures_both_agents():
    table = cuda(300, 2, "cpu")
    assert [*table.columns[0].cells] == ["dqn", "ppo"]
    assert all(float(seconds) > 0 for seconds in table.columns[2].cells)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_the_benchmark_needs_a_device():
    found = subprocess.run([sys.executable, SCRIPT, "cuda"], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == "device=cuda: torch finds no such device here; must be auto or cpu\n"
