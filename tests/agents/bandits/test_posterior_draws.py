"""The normals and beta variates that Thompson sampling draws: by a scalar reference, and in distribution."""

from math import exp, log

import numpy as np
import pytest
from scipy import stats

from rlnotes.agents.bandits import posterior
from rlnotes.agents.bandits.base.posterior_draws import LAYERS, LEAP, STEP, TAIL, F, X

RUNS = 200_000


def keys():
    """Fresh keys of RUNS runs."""
    return np.random.default_rng().integers(2**64, size=RUNS, dtype=np.uint64)


def bits(state):
    """SplitMix64's hash in whole numbers."""
    z = state % 2**64
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) % 2**64
    return z ^ z >> 31


def uniform(state):
    return ((bits(state) >> 11) + 0.5) / 2**53


def normal(state):
    """The ziggurat in whole numbers: a layer by the last 8 bits, a point by the first 53, signed."""
    drawn = state = bits(state)
    while True:
        layer, signed = drawn % LAYERS, (drawn >> 11) - 2**53 * (drawn >> 63)
        x = signed / 2**52 * X[layer]
        if abs(x) < X[layer + 1]:
            return x
        while layer == 0:
            beyond, state = -log(uniform(state + int(STEP))) / TAIL, state + 2 * int(STEP)
            if -2 * log(uniform(state)) > beyond**2:
                return TAIL + beyond if x > 0 else -TAIL - beyond
        if F[layer] + uniform(state + int(STEP)) * (F[layer + 1] - F[layer]) < exp(-x * x / 2):
            return x
        state += 2 * int(STEP)
        drawn = bits(state)


def test_layers_cover_the_curve_and_have_the_same_area():
    area = TAIL * exp(-(TAIL**2) / 2) + np.sqrt(2 * np.pi) * stats.norm.sf(TAIL)
    assert (np.diff(X) < 0).all()
    np.testing.assert_allclose(X[1:-1] * np.diff(F[1:]), area, rtol=1e-9)
    assert X[0] * F[1] == pytest.approx(area)


def test_a_normal_is_that_of_the_scalar_ziggurat():
    states = np.random.default_rng(5).integers(2**64, size=30_000, dtype=np.uint64)
    own = [posterior.normal(state) for state in states]
    np.testing.assert_allclose(own, [normal(int(state)) for state in states], rtol=1e-13)
    assert np.abs(own).max() > TAIL


def drawn(draw, *statistics):
    """Variates [steps, arms, runs] of arms with such statistics."""
    key, shape = keys(), (len(statistics), RUNS)
    arrays = [np.tile(np.array(column)[:, None], RUNS) for column in zip(*statistics, strict=True)]
    out = np.zeros((3, *shape))
    for t in range(3):
        draw(*arrays, key, t, out[t])
    return out


def test_normals_are_normal_and_independent_of_step_and_arm():
    """Kolmogorov–Smirnov, the share beyond the tail's beginning, and contingency of neighbours, each with a false alarm
    probability of 1e-6; a tail or a layer left out would be seen."""
    out = drawn(posterior.gaussian, (0.0, 1.0), (0.0, 1.0))
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
    scaled = drawn(posterior.gaussian, (3.0, 0.5))
    assert stats.kstest(scaled.ravel(), stats.norm(3, 0.5).cdf).pvalue > 1e-6


def test_layers_of_normals_are_those_of_the_normal_distribution():
    """Chi-squared of the counts between the layers' ends, with a false alarm probability of 1e-6."""
    out = np.abs(drawn(posterior.gaussian, (0.0, 1.0), (0.0, 1.0)).ravel())
    ends = np.append(X[:0:-1], np.inf)
    chance = np.diff(2 * stats.norm.cdf(ends) - 1)
    assert stats.chisquare(np.histogram(out, ends)[0], chance * len(out)).pvalue > 1e-6


@pytest.mark.parametrize(("pulls", "paid"), [(0, 0), (4, 0), (4, 4), (3, 1), (1_000, 30)])
def test_beta_variates_are_beta_and_independent_of_step_and_arm(pulls, paid):
    """Kolmogorov–Smirnov and contingency of neighbours, each with a false alarm probability of 1e-6."""
    slopes = posterior.slopes(pulls)
    out = drawn(lambda counts, total, *rest: posterior.beta(counts, total, slopes, *rest), *[(pulls, float(paid))] * 2)
    law = stats.beta(1 + paid, 1 + pulls - paid)
    assert stats.kstest(out.ravel(), law.cdf).pvalue > 1e-6
    for a, b in ((out[0, 0], out[0, 1]), (out[0, 0], out[1, 0]), (out[0, 1], out[1, 0])):
        assert stats.chi2_contingency(np.histogram2d(law.cdf(a), law.cdf(b), 10, [[0, 1], [0, 1]])[0]).pvalue > 1e-6


def test_the_variates_of_an_arm_are_parted_by_a_leap():
    """Two arms' states in two steps never meet: they are multiples of an odd number of 64 bits."""
    assert int(LEAP) % 2 == int(STEP) % 2 == 1
    assert len({(t * 10 + arm) * int(LEAP) % 2**64 for t in range(100) for arm in range(10)}) == 1_000
