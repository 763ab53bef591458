"""Means with their intervals, and the rule that stops adding runs."""

from math import exp

import numpy as np
import pytest
from scipy import stats

from rlnotes.simulation.estimate import estimate, precise


def test_an_estimate_equals_scipys():
    sample = np.random.default_rng(0).exponential(size=(12, 3))
    ours = estimate(sample, level=0.9)
    np.testing.assert_allclose(ours.standard_error, stats.sem(sample))
    for i in range(3):
        low, high = stats.ttest_1samp(sample[:, i], 0).confidence_interval(0.9)
        np.testing.assert_allclose([ours.low[i], ours.high[i]], [low, high])


def test_the_interval_covers_the_mean_with_its_level():
    """20,000 intervals of 5 Gaussians each; binomial test with a false alarm probability of 1e-6."""
    ours = estimate(np.random.default_rng().normal(size=(5, 20_000)))
    covered = int(((ours.low <= 0) & (ours.high >= 0)).sum())
    assert stats.binomtest(covered, 20_000, 0.95).pvalue > 1e-6


def test_a_single_run_has_no_interval():
    ours = estimate(np.array([3.0]))
    assert ours.mean == 3.0
    assert np.isnan([ours.standard_error, ours.low, ours.high]).all()


@pytest.mark.parametrize("runs", [1, 2])
def test_an_estimate_does_not_warn(runs):
    estimate(np.zeros((runs, 4)))


def test_a_spread_of_rounding_is_no_spread():
    mean, error, low, high = estimate(np.tile([0.1, 0.81], (7, 1)))
    assert error.tolist() == [0, 0]
    assert (low == mean).all()
    assert (high == mean).all()
    assert np.isnan(estimate(np.ones(1)).standard_error)


@pytest.mark.parametrize(
    ("draw", "mean", "precision"),
    [
        (lambda rng, size: 1 + rng.standard_normal(size), 1.0, 0.045),
        (lambda rng, size: rng.standard_exponential(size), 1.0, 0.045),
        (lambda rng, size: np.exp(rng.standard_normal(size)), exp(0.5), 0.06),
    ],
    ids=["Gaussian", "exponential", "log-normal"],
)
def test_the_mean_of_runs_that_stop_when_it_is_precise_has_that_precision(draw, mean, precision):
    """Within precision · |mean| in 95 % of 2,000 repetitions; the final interval covers the true mean in 93 %.

    Binomial tests with a false alarm probability of 1e-6. Blocks have 1,000 runs; one to four of them are needed.
    """
    rng, within, covered, blocks = np.random.default_rng(), 0, 0, []
    for _ in range(10):
        sample = np.empty((0, 200))
        while sample.shape[1]:
            sample = np.concatenate([sample, draw(rng, (1000, sample.shape[1]))])
            done = np.array([precise(one, precision) for one in sample.T])
            stopped = estimate(sample[:, done])
            within += int((np.abs(stopped.mean - mean) <= precision * np.abs(stopped.mean)).sum())
            covered += int(((stopped.low <= mean) & (mean <= stopped.high)).sum())
            blocks += [len(sample) // 1000] * int(done.sum())
            sample = sample[:, ~done]
    assert len(blocks) == 2000
    assert 1.5 < np.mean(blocks) < 4
    assert stats.binomtest(within, 2000, 0.95, alternative="less").pvalue > 1e-6
    assert stats.binomtest(covered, 2000, 0.93, alternative="less").pvalue > 1e-6


def test_equal_runs_are_precise_and_a_single_run_is_not():
    assert precise(np.full(5, 3.0), 0.02)
    assert precise(np.zeros(5), 0.02)
    assert not precise(np.array([3.0]), 0.02)
    assert not precise(np.array([-1.0, 1.0]), 0.02)
    assert not precise(np.array([[1.0, -9.0], [2.0, -9.001]]), 0.02)
    assert precise(np.array([[1.0, -9.0], [1.001, -9.001]]), 0.02)
