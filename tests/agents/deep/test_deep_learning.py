"""Deep agents learn tasks that suit them, and do not learn tasks that do not.

In each test of learning, 3 of 10 runs must reach the stated return. Of 50 runs under another seed 48 or more did. If
only nine runs of ten do, a test fails with probability 4e-7 (binomial: at most 2 of 10).
"""

import numpy as np
import pytest

from rlnotes import catalog
from rlnotes.envs.control.lqr import LQR
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

pytestmark = pytest.mark.slow

EARLY = {"begin_after": 100, "epsilon": "linear:1:0.05:1000", "copy_every": 100}
CATCH, PLANES = {"rows": 5, "columns": 5}, {"rows": 5, "columns": 5, "observation": "planes"}
CNN = {"body": "cnn", "widths": [32], "maps": [8]}
LSTM, MLP = {"body": "lstm", "widths": [16], "window": 3}, {"widths": [16]}
SIGN = {"length": 2}
RUNS = 10


def late_returns(agent, settings, env, env_settings, steps, runs=RUNS, seed=0):
    """The mean return of the last 100 episodes of each run."""
    cell = Cell(catalog.make("agent", agent, settings), catalog.make("env", env, env_settings), steps, runs, seed)
    returns = simulate(cell).data["returns"]
    return np.array([one[~np.isnan(one)][-100:].mean() for one in returns])


@pytest.mark.parametrize(
    ("agent", "settings", "env", "env_settings", "steps", "least"),
    [
        ("dqn", {**EARLY, "learning_rate": 2e-3, "network": CNN}, "catch", PLANES, 3_000, 0.7),
        ("ppo", {"learning_rate": 3e-3, "network": CNN}, "catch", PLANES, 3_000, 0.7),
        ("actor_critic", {"learning_rate": 5e-3, "network": {"widths": [32]}}, "catch", CATCH, 6_000, 0.7),
        ("reinforce", {"rollout": 128, "learning_rate": 1e-2, "network": {"widths": [32]}}, "catch", CATCH, 6_000, 0.5),
        ("ppo", {"learning_rate": 3e-3, "network": LSTM}, "memory_length", SIGN, 4_000, 0.7),
        ("drqn", {**EARLY, "learning_rate": 3e-3, "sequence": 6, "network": LSTM}, "memory_length", SIGN, 3_000, 0.7),
    ],
)
def test_they_learn(agent, settings, env, env_settings, steps, least):
    assert (late_returns(agent, settings, env, env_settings, steps) >= least).sum() >= 3


@pytest.mark.parametrize("agent", ["sac", "td3"])
def test_they_learn_to_keep_a_linear_system_near_0(agent):
    """The mean regret of the last 500 steps is at most 6 in 3 of 10 runs; that of random play is about 50.

    Of 50 runs under another seed 50 had at most 6.
    """
    settings = {"begin_after": 200, "learning_rate": 3e-3, "tau": 0.02, "network": {"widths": [32, 32]}}
    data = simulate(Cell(catalog.make("agent", agent, settings), LQR(), 1_500, RUNS)).data
    last, before = data["steps"][-1], np.searchsorted(data["steps"], 1_000)
    late = (data["regret"][:, -1] - data["regret"][:, before]) / (last - data["steps"][before])
    assert (late <= 6).sum() >= 3


def test_on_a_pole_with_masked_speeds_a_network_that_remembers_is_far_better():
    """The mean return in the last quarter of 7,000 steps, of 4 runs that remember and 8 that do not.

    Of 40 runs of DRQN 39 reached 80, and of 96 runs of DQN no run reached 49. If only nine of ten reach 80, the test
    fails with probability 1e-4; if three of a hundred reach 60 without remembering, with probability 5e-5 (binomial:
    no run of 4, at least 4 of 8).
    """
    quick = {"n": 8, "epsilon": "linear:1:0.05:2000", "learn_every": 8, "learning_rate": 2e-3}
    attention = {"body": "attention", "widths": [32], "window": 4, "inputs": "standardise"}
    drqn = {"sequence": 12, "burn_in": 3, "network": attention}
    assert balanced("drqn", quick | drqn, 7_000, 4).max() >= 80
    assert (balanced("dqn", quick | {"network": {"widths": [32], "inputs": "standardise"}}, 7_000, 8) < 60).sum() >= 5


def test_the_recurrent_ppo_of_sb3_contrib_remembers():
    """One run of 4 names the sign.

    Of 30 runs under another seed 29 did. If only nine of ten do, the test fails with probability 1e-4. Without memory
    100 episodes have a mean return of .7 or more with probability 3e-13 (binomial).
    """
    settings = {"network": {"widths": [16]}, "rollout": 128, "minibatch": 128, "learning_rate": 1e-2}
    assert late_returns("sb3_recurrent_ppo", settings, "memory_length", SIGN, 1_200, runs=4).max() >= 0.7


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
    """The mean of 1,000 last episodes is below .3; that of fair ±1 exceeds it with a probability below 1e-20.

    On the deep sea three runs would have to find the treasure, each by 150 times 20 fair coins: 4e-10.
    """
    assert late_returns(agent, settings, env, env_settings, 3_000).mean() < 0.3
