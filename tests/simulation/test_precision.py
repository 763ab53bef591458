"""Cells that add runs until the mean is precise, and comparisons of cells with different numbers of runs."""

import numpy as np
import pytest

from rlnotes import compare
from rlnotes.agents import EpsilonGreedy
from rlnotes.analysis.comparison_row import Row, compare_to_best
from rlnotes.base.errors import SettingError
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.estimate import estimate
from rlnotes.simulation.simulate import simulate


def compared(agents, env=None, **extent):
    """A short comparison, by default on two Gaussian arms with a gap of 1."""
    return compare(agents, env or GaussianBandit(gap=1.0), **{"steps": 200, "runs": 30, "progress": False, **extent})


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Runs are added 30 at a time."""
    for module in ("cell", "simulate"):
        monkeypatch.setattr(f"rlnotes.simulation.{module}.BLOCK", 30)


def test_runs_are_added_until_the_mean_is_precise():
    few, precise = compared("ucb"), compared("ucb", precision=0.02)
    row = precise.rows[0]
    assert row.estimate.high - row.estimate.mean <= 0.02 * row.estimate.mean
    assert row.runs % 30 == 0
    assert (row.result.outcome[:30] == few["ucb"].outcome).all()
    one_block_less = row.result.outcome[:-30]
    half = 1.96 * one_block_less.std(ddof=1) / np.sqrt(len(one_block_less))
    assert half > 0.0195 * one_block_less.mean()
    assert (row.result.outcome == compared("ucb", runs=row.runs)["ucb"].outcome).all()


def test_agents_with_different_numbers_of_runs_are_compared_in_the_runs_that_both_have():
    comparison = compared(["ucb", "moss"], precision=0.03, seed=[0, 1])
    a, b = comparison.rows
    assert a.runs != b.runs
    pairs = [
        np.subtract(*(outcome[: min(map(len, both))] for outcome in both))
        for both in zip(a.outcomes.values(), b.outcomes.values(), strict=True)
    ]
    difference = (a.difference or b.difference).estimate.mean
    assert abs(difference) == pytest.approx(abs(np.concatenate(pairs).mean()))
    assert a.compared_runs == b.compared_runs == len(np.concatenate(pairs))
    more = max(a, b, key=lambda row: row.runs)
    assert f"{more.runs:,}, {more.compared_runs:,} paired" in " ".join(str(comparison).split())
    assert more.record()["compared_runs"] == more.compared_runs


@pytest.mark.slow
def test_the_final_interval_covers_the_mean():
    """Of 300 cells that stop when they are precise, 264 or more cover the mean of 40,000 other runs.

    If 94 % cover it, as measured, a false alarm has probability 1e-5; if 80 % do, it fails with probability 0.999.
    """
    agent, env = EpsilonGreedy(epsilon=1.0), GaussianBandit()
    true = simulate(Cell(agent, env, 20, 40_000, seed=10_000)).outcome.mean()
    covered = 0
    for seed in range(300):
        mean, _, low, _ = estimate(simulate(Cell(agent, env, 20, 30, seed=seed, precision=0.05)).outcome)
        covered += abs(true - mean) <= mean - low
    assert covered >= 264


def test_equal_runs_are_precise():
    assert compared("etc", GaussianBandit(means=[0.0, 0.0]), precision=0.01).rows[0].runs == 30


def test_the_number_of_runs_is_limited(monkeypatch):
    monkeypatch.setattr("rlnotes.simulation.simulate.MOST_RUNS", 90)
    with pytest.warns(UserWarning, match=r"ucb on .*: 90 runs are not enough for precision=1e-05"):
        assert compared("ucb", precision=1e-5).rows[0].runs == 90


@pytest.mark.parametrize("precision", [0.0, 1.0, -0.1, float("nan"), "x"])
def test_a_precision_is_between_0_and_1(precision):
    with pytest.raises(SettingError, match=r"^precision=.*: must be between 0 and 1, or null$"):
        compared("ucb", precision=precision)


def test_a_precision_needs_at_least_one_block_of_runs():
    with pytest.raises(SettingError, match=r"^precision=0.1: needs runs=30 or more, .*; there are 29$"):
        compared("ucb", runs=29, precision=0.1)


def test_the_best_agent_is_the_best_in_the_runs_that_all_have():
    """In all its runs b is the best, but in the runs that both have it is a."""
    a, b = (compared(agent)[agent] for agent in ("ucb", "etc"))
    a.data["regret"] = np.linspace(4.0, 5.0, 30)[:, None]
    b.data["regret"] = np.append(np.full(30, 8.0), np.zeros(90))[:, None]
    first, other = (Row.of(label, [result], "regret") for label, result in (("a", a), ("b", b)))
    compare_to_best([first, other])
    assert first.estimate.mean > other.estimate.mean
    assert (first.best, other.best, other.beats_best.mean) == (True, False, 0.0)
    assert other.difference.estimate.mean == pytest.approx(3.5)
    assert first.compared_runs == other.compared_runs == 30
