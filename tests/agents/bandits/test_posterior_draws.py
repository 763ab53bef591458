"""Normals and beta variates of Thompson sampling: by a scalar reference, and in distribution."""

from math import exp

import numpy as np
import pytest
from reference.posterior_draws import normal as reference_normal
from scipy import stats

from rlnotes.agents.bandits.base.posterior_draws import (
    LEAP,
    STEP,
    TAIL,
    F,
    X,
    beta,
    gaussian,
    normal,
    slope_table,
)

RUNS = 200_000


def keys():
    """New keys of RUNS runs."""
    return np.random.default_rng().integers(2**64, size=RUNS, dtype=np.uint64)


def with_std(std):
    """Draws of Gaussians for a scale of the rewards."""
    return lambda mean, width, *rest: gaussian(mean, width, std, *rest)


def test_layers_cover_the_density_and_have_the_same_area():
    area = TAIL * exp(-(TAIL**2) / 2) + np.sqrt(2 * np.pi) * stats.norm.sf(TAIL)
    assert (np.diff(X) < 0).all()
    np.testing.assert_allclose(X[1:-1] * np.diff(F[1:]), area, rtol=1e-9)
    assert X[0] * F[1] == pytest.approx(area)


def test_a_normal_is_the_one_of_the_scalar_ziggurat():
    states = np.random.default_rng(5).integers(2**64, size=30_000, dtype=np.uint64)
    own = [normal(state) for state in states]
    np.testing.assert_allclose(own, [reference_normal(int(state)) for state in states], rtol=1e-13)
    assert np.abs(own).max() > TAIL


def drawn(draw, *statistics):
    """Variates [steps, arms, runs] of arms with these `statistics`."""
    key, shape = keys(), (len(statistics), RUNS)
    arrays = [np.tile(np.array(column)[:, None], RUNS) for column in zip(*statistics, strict=True)]
    out = np.zeros((3, *shape))
    for t in range(3):
        draw(*arrays, key, t, out[t])
    return out


def test_normals_are_normal_and_independent_of_step_and_arm():
    """Kolmogorov–Smirnov, frequency of the tail, and contingency of neighbours, each with a false alarm probability of
    1e-6; a missing tail or layer would be seen."""
    out = drawn(with_std(1.0), (0.0, 1.0), (0.0, 1.0))
    assert stats.kstest(out.ravel(), "norm").pvalue > 1e-6
    beyond = int((np.abs(out) > TAIL).sum())
    assert stats.binomtest(beyond, out.size, 2 * stats.norm.sf(TAIL)).pvalue > 1e-6
    for a, b in (
        (out[0, 0], out[0, 1]),
        (out[0, 0], out[1, 0]),
        (out[0, 1], out[1, 0]),
        (out[0, 0, :-1], out[0, 0, 1:]),
    ):
        table = np.histogram2d(stats.norm.cdf(a), stats.norm.cdf(b), 10, [[0, 1], [0, 1]])[0]
        assert stats.chi2_contingency(table).pvalue > 1e-6
    scaled = drawn(with_std(2.0), (3.0, 0.25))
    assert stats.kstest(scaled.ravel(), stats.norm(3, 0.5).cdf).pvalue > 1e-6


def test_normals_fall_into_the_layers_as_the_normal_distribution_does():
    """Chi-squared of the counts between the ends of the layers, with a false alarm probability of 1e-6."""
    out = np.abs(drawn(with_std(1.0), (0.0, 1.0), (0.0, 1.0)).ravel())
    ends = np.append(X[:0:-1], np.inf)
    chance = np.diff(2 * stats.norm.cdf(ends) - 1)
    assert stats.chisquare(np.histogram(out, ends)[0], chance * len(out)).pvalue > 1e-6


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
    prior = a, b, slope_table(pulls, a), slope_table(pulls, b)
    out = drawn(lambda counts, total, *rest: beta(counts, total, *prior, *rest), *[(pulls, float(paid))] * 2)
    law = stats.beta(a + paid, b + pulls - paid)
    assert stats.kstest(out.ravel(), law.cdf).pvalue > 1e-6
    for one, other in ((out[0, 0], out[0, 1]), (out[0, 0], out[1, 0]), (out[0, 1], out[1, 0])):
        places = np.histogram2d(law.cdf(one), law.cdf(other), 10, [[0, 1], [0, 1]])[0]
        assert stats.chi2_contingency(places).pvalue > 1e-6


@pytest.mark.parametrize("a", [1e-6, 1e6])
def test_beta_variates_of_extreme_priors_are_numbers(a):
    """With the prior Beta(1e-6, 1e-6) a mean is 0 or 1, each with probability ½: a binomial test, 1e-6."""
    slopes = slope_table(0, a)
    out = drawn(lambda counts, total, *rest: beta(counts, total, a, a, slopes, slopes, *rest), (0, 0.0))
    assert ((out >= 0) & (out <= 1)).all()
    if a < 1:
        assert stats.binomtest(int((out > 0.5).sum()), out.size).pvalue > 1e-6
    else:
        assert abs(out - 0.5).max() < 6 * np.sqrt(1 / (8 * a))


def test_every_arm_and_step_has_its_own_state():
    """The states of two arms or steps never meet: they are multiples of an odd number of 64 bits."""
    assert int(LEAP) % 2 == int(STEP) % 2 == 1
    assert len({(t * 10 + arm) * int(LEAP) % 2**64 for t in range(100) for arm in range(10)}) == 1_000
