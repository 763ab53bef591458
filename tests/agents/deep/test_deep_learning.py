"""Deep agents learn tasks that suit them, and do not learn tasks that do not.

In each test of learning, half of 20 runs must reach the stated return. Under another seed all 20 did. If only nine
runs of ten do, a test fails with probability 7e-7 (binomial: at most 9 of 20).
"""

import numpy as np
import pytest

from rlnotes import catalog
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

pytestmark = pytest.mark.slow

EARLY = {"begin_after": 200, "epsilon": "linear:1:0.05:2000", "copy_every": 200}
CATCH, PLANES = {"rows": 5, "columns": 5}, {"rows": 5, "columns": 5, "observation": "planes"}
CNN = {"body": "cnn", "widths": [32], "maps": [8]}
LSTM, MLP = {"body": "lstm", "widths": [16], "window": 6}, {"widths": [16]}
STEPS, RUNS = 6_000, 20


def late_returns(agent, settings, env, env_settings, seed=0):
    """The mean return of the last 100 episodes of each run."""
    cell = Cell(catalog.make("agent", agent, settings), catalog.make("env", env, env_settings), STEPS, RUNS, seed)
    returns = simulate(cell).data["returns"]
    return np.array([one[~np.isnan(one)][-100:].mean() for one in returns])


@pytest.mark.parametrize(
    ("agent", "settings", "env", "env_settings", "least"),
    [
        ("dqn", {**EARLY, "network": CNN}, "catch", PLANES, 0.7),
        ("ppo", {"network": CNN}, "catch", PLANES, 0.7),
        ("actor_critic", {"learning_rate": 5e-3, "network": {"widths": [32]}}, "catch", CATCH, 0.7),
        ("reinforce", {"rollout": 128, "learning_rate": 1e-2, "network": {"widths": [32]}}, "catch", CATCH, 0.5),
        ("ppo", {"network": LSTM}, "memory_length", {"length": 4}, 0.7),
        ("drqn", {**EARLY, "sequence": 10, "network": LSTM}, "memory_length", {"length": 4}, 0.7),
    ],
)
def test_they_learn(agent, settings, env, env_settings, least):
    assert (late_returns(agent, settings, env, env_settings) >= least).sum() >= RUNS / 2


def test_on_a_pole_with_masked_speeds_a_network_that_remembers_is_far_better():
    """The mean return in the last quarter of 7,000 steps of 8 runs.

    Of 40 runs of DRQN 39 reached 80, and of 96 runs of DQN no run reached 49. If only nine of ten reach 80, the test
    fails with probability 2e-5; if three of a hundred reach 60 without remembering, with probability 5e-5 (binomial:
    at most 2, at least 4).
    """
    quick = {"n": 8, "epsilon": "linear:1:0.05:2000", "learn_every": 8, "learning_rate": 2e-3}
    attention = {"body": "attention", "widths": [32], "window": 4, "inputs": "standardise"}
    drqn = {"sequence": 12, "burn_in": 3, "network": attention}
    assert (balanced("drqn", quick | drqn, 7_000, 8) >= 80).sum() >= 3
    assert (balanced("dqn", quick | {"network": {"widths": [32], "inputs": "standardise"}}, 7_000, 8) < 60).sum() >= 5


def test_on_a_pole_with_masked_speeds_the_recurrent_ppo_of_sb3_contrib_is_better():
    """The mean return in the last quarter of 8,000 steps, of 4 runs that remember and 8 that do not.

    Of 14 runs that remember it was 83, and the mean of any 4 of them reaches 48 except in 4 draws of 10,000; of 100
    that do not it was 43.5 with a deviation of 3.7, so the mean of 8 passes 48 with probability 3e-4.
    """
    network = {"widths": [32, 32], "activation": "tanh", "inputs": "standardise", "window": 4}
    settings = {"network": network, "rollout": 256, "minibatch": 256, "learning_rate": 5e-3, "clip": 0.3, "decay": 0.9}
    remembering = balanced("sb3_recurrent_ppo", settings | {"clip_gradient": 10.0}, 8_000, 4)
    assert balanced("ppo", settings, 8_000, 8).mean() < 48 < remembering.mean()


def balanced(agent, settings, steps, runs):
    """The mean return of each run on the pole with masked speeds, in the last quarter of its steps."""
    pole = catalog.make("env", "cart_pole", {"masked": True})
    data = simulate(Cell(catalog.make("agent", agent, settings), pole, steps, runs)).data
    late = np.cumsum(data["lengths"], axis=1) > 0.75 * steps
    return np.nanmean(np.where(late, data["returns"], np.nan), axis=1)


@pytest.mark.parametrize(
    ("agent", "settings", "env", "env_settings"),
    [
        ("ppo", {"network": MLP}, "memory_length", {"length": 4}),  # does not observe the sign when it must answer
        ("dqn", {**EARLY, "network": MLP}, "memory_length", {"length": 4}),
        ("dqn", {**EARLY, "network": MLP}, "deep_sea", {"size": 20}),  # needs directed exploration to the treasure
        ("ppo", {"network": MLP}, "deep_sea", {"size": 20}),
    ],
)
def test_they_do_not_learn_without_memory_or_exploration(agent, settings, env, env_settings):
    """The mean of 2,000 last episodes is below .3; that of fair ±1 exceeds it with a probability below 1e-40.

    On the deep sea six runs would have to find the treasure, each by 300 times 20 fair coins: 2e-17.
    """
    assert late_returns(agent, settings, env, env_settings).mean() < 0.3
