"""Draws of means from posteriors, in distribution."""

import numpy as np
import pytest
from scipy import stats

from rlnotes.agents.bandits.base.posterior_draws import (
    LEAP,
    STEP,
    beta,
    gamma,
    normal,
    observe_beta,
    small_beta,
    surely_accepted,
)
from rlnotes.base.random_streams import Stream

RUNS = 200_000


def keys():
    """New keys of RUNS runs."""
    return np.random.default_rng().integers(2**64, size=RUNS, dtype=np.uint64)


def drawn_beta(pulls, paid, a, b):
    """Variates [steps, arms, runs] of two arms after `pulls` rewards with the sum `paid`, from the prior Beta(a, b)."""
    key, stream, out = keys(), Stream(np.random.default_rng()), np.empty((3, 2, RUNS))
    shape = np.empty((2, 2, RUNS))
    shape[0], shape[1] = a + paid - 1 / 3, b + pulls - paid - 1 / 3
    for t in range(3):
        if min(a, b) < 1:
            counts, total = np.full((2, RUNS), pulls), np.full((2, RUNS), float(paid))
            small_beta(counts, total, a, b, key, t, out[t])
        else:
            x, u = stream.standard_normal(shape.shape), stream.bits(shape.shape)
            beta(shape, 1 / np.sqrt(9 * shape), x, u, key, t, out[t])
    return out


@pytest.mark.parametrize(
    ("pulls", "paid", "a", "b"),
    [
        *((pulls, paid, 1.0, 1.0) for pulls, paid in ((0, 0), (4, 0), (4, 4), (3, 1), (1_000, 30))),
        (0, 0, 0.5, 0.5),
        (3, 3, 0.5, 0.2),
        (5, 2, 0.5, 7.5),
        (1, 0, 0.01, 3.0),
        (5, 2, 2.5, 7.5),
    ],
)
def test_beta_variates_are_beta_and_independent_of_step_and_arm(pulls, paid, a, b):
    """Kolmogorov–Smirnov and contingency of neighbours, each with a false alarm probability of 1e-6."""
    out = drawn_beta(pulls, paid, a, b)
    law = stats.beta(a + paid, b + pulls - paid)
    assert stats.kstest(out.ravel(), law.cdf).pvalue > 1e-6
    for one, other in ((out[0, 0], out[0, 1]), (out[0, 0], out[1, 0]), (out[0, 1], out[1, 0])):
        places = np.histogram2d(law.cdf(one), law.cdf(other), 10, [[0, 1], [0, 1]])[0]
        assert stats.chi2_contingency(places).pvalue > 1e-6


def test_a_number_that_is_surely_accepted_passes_the_exact_test():
    """The variate is then that of the normal number, with every uniform number that begins with the given bits."""
    rng = np.random.default_rng()
    x, shape = rng.standard_normal((2, 1, RUNS)), rng.exponential(5, (2, 1, RUNS)) + 2 / 3
    u, out = rng.integers(2**16, size=x.shape, dtype=np.uint16), np.empty((1, RUNS))
    beta(shape, 1 / np.sqrt(9 * shape), x, u, keys(), 1, out)
    v = 1 + x / np.sqrt(9 * shape)
    sure = np.array([surely_accepted(*number) for number in zip(*map(np.ravel, (shape, v, x, u / 2**16)), strict=True)])
    sure = sure.reshape(x.shape)
    with np.errstate(invalid="ignore"):
        accepted = np.log1p(-(u / 2**16)) < x**2 / 2 + shape * (1 - v**3 + 3 * np.log(v))
    assert accepted[sure].all()
    assert sure.sum() > 0.98 * accepted.sum()
    both = sure.all(axis=0)[0]
    success, failure = (shape * v**3)[:, 0]
    np.testing.assert_allclose(out[0, both], (success / (success + failure))[both], rtol=1e-12)
    assert both.mean() > 0.5


def test_normal_and_gamma_numbers_of_the_hash_have_their_laws():
    """Kolmogorov–Smirnov with a false alarm probability of 1e-6; a gamma variate that begins with a refused normal."""
    states = keys()
    assert stats.kstest([normal(state) for state in states], "norm").pvalue > 1e-6
    refused = [gamma(2.0, 1 / np.sqrt(18), -10.0, 0.5, state) for state in states]
    assert stats.kstest(refused, stats.gamma(2 + 1 / 3).cdf).pvalue > 1e-6


def test_a_reward_adds_one_to_a_shape_of_the_played_arm():
    shape, slope = np.full((2, 2, 2), 2 / 3), np.zeros((2, 2, 2))
    observe_beta(shape, slope, np.array([0, 1]), np.array([1.0, 0.0]))
    assert shape[0, 0, 0] == shape[1, 1, 1] == pytest.approx(5 / 3)
    assert slope[0, 0, 0] == slope[1, 1, 1] == pytest.approx(1 / np.sqrt(15))
    assert (shape == 2 / 3).sum() == (slope == 0).sum() == 6


@pytest.mark.parametrize("a", [1e-6, 1e6])
def test_beta_variates_of_extreme_priors_are_numbers(a):
    """With the prior Beta(1e-6, 1e-6) a mean is 0 or 1, each with probability ½: a binomial test, 1e-6."""
    out = drawn_beta(0, 0, a, a)
    assert ((out >= 0) & (out <= 1)).all()
    if a < 1:
        assert stats.binomtest(int((out > 0.5).sum()), out.size).pvalue > 1e-6
    else:
        assert abs(out - 0.5).max() < 6.5 * np.sqrt(1 / (8 * a))


def test_every_arm_and_step_has_its_own_state():
    """The states of two arms or steps never meet: they are multiples of an odd number of 64 bits."""
    assert int(LEAP) % 2 == int(STEP) % 2 == 1
    assert len({(t * 10 + arm) * int(LEAP) % 2**64 for t in range(100) for arm in range(10)}) == 1_000
