"""Means, errors and intervals."""

import numpy as np
import pytest
from scipy import stats

from rlnotes.statistics import estimate, paired_difference


def test_an_estimate_is_that_of_scipy():
    sample = np.random.default_rng(0).exponential(size=(12, 3))
    ours = estimate(sample, level=0.9)
    np.testing.assert_allclose(ours.standard_error, stats.sem(sample))
    for i in range(3):
        low, high = stats.ttest_1samp(sample[:, i], 0).confidence_interval(0.9)
        np.testing.assert_allclose([ours.low[i], ours.high[i]], [low, high])


def test_a_paired_difference_is_that_of_scipy():
    a, b = np.random.default_rng(0).normal(size=(2, 30))
    ours = paired_difference(a, b)
    low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
    np.testing.assert_allclose([ours.mean, ours.low, ours.high], [np.mean(a - b), low, high])


def test_the_interval_covers_the_mean_as_often_as_it_says():
    """Binomial test with a false alarm probability of 1e-6, of 20,000 intervals of 5 Gaussians each."""
    ours = estimate(np.random.default_rng().normal(size=(5, 20_000)))
    covered = int(((ours.low <= 0) & (ours.high >= 0)).sum())
    assert stats.binomtest(covered, 20_000, 0.95).pvalue > 1e-6


def test_a_single_run_tells_nothing_of_the_spread():
    ours = estimate(np.array([3.0]))
    assert ours.mean == 3.0
    assert np.isnan([ours.standard_error, ours.low, ours.high]).all()


@pytest.mark.parametrize("runs", [1, 2])
def test_an_estimate_does_not_warn(runs):
    estimate(np.zeros((runs, 4)))


def test_the_error_of_rounding_is_no_error():
    mean, error, low, high = estimate(np.tile([0.1, 0.81], (7, 1)))
    assert error.tolist() == [0, 0]
    assert (low == mean).all()
    assert (high == mean).all()
    assert np.isnan(estimate(np.ones(1)).standard_error)
