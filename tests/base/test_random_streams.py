"""Streams of random numbers: by a scalar reference, by published numbers, and in distribution."""

from itertools import islice

import numpy as np
import pytest
from reference.random_numbers import Generator
from scipy import stats

from rlnotes.base import random_kernels
from rlnotes.base.random_kernels import (
    EXPONENTIAL_F,
    EXPONENTIAL_TAIL,
    EXPONENTIAL_X,
    NORMAL_F,
    NORMAL_TAIL,
    NORMAL_X,
    fill_bits,
)
from rlnotes.base.random_streams import Stream, uniforms

MANY = 3_000_000


@pytest.fixture
def stream():
    return Stream(np.random.default_rng())


def test_the_bits_are_those_that_the_authors_of_xoshiro_publish():
    """The first ten words after the state 1, 2, 3, 4, as in the tests of Rust's rand_xoshiro."""
    words = np.empty(10, np.uint64)
    fill_bits(np.array([1, 2, 3, 4], np.uint64), words)
    assert words.tolist() == [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
        9973669472204895162,
        14011001112246962877,
        12406186145184390807,
        15849039046786891736,
        10450023813501588000,
    ]


@pytest.mark.parametrize(
    ("x", "f", "area"),
    [
        (NORMAL_X, NORMAL_F, NORMAL_TAIL * NORMAL_F[1] + np.sqrt(2 * np.pi) * stats.norm.sf(NORMAL_TAIL)),
        (EXPONENTIAL_X, EXPONENTIAL_F, (EXPONENTIAL_TAIL + 1) * EXPONENTIAL_F[1]),
    ],
    ids=["normal", "exponential"],
)
def test_layers_cover_the_density_and_have_the_same_area(x, f, area):
    assert (np.diff(x) < 0).all()
    np.testing.assert_allclose(x[1:-1] * np.diff(f[1:]), area, rtol=1e-9)
    assert x[0] * f[1] == pytest.approx(area)


@pytest.mark.parametrize("name", ["uniform", "normal", "exponential"])
def test_a_number_is_the_one_of_the_scalar_reference(name):
    """100,000 numbers, which reach every branch: about 30 of them lie in a tail."""
    state = np.array([5, 6, 7, 8], np.uint64)
    reference, numbers = Generator(state), np.empty(100_000)
    getattr(random_kernels, f"fill_{name}")(state, numbers)
    np.testing.assert_allclose(numbers, [getattr(reference, name)() for _ in numbers], rtol=1e-13)
    assert state.tolist() == reference.state
    if name != "uniform":
        assert np.abs(numbers).max() > (NORMAL_TAIL if name == "normal" else EXPONENTIAL_TAIL)


LAWS = {
    "random": (stats.uniform(), np.linspace(0, 1, 1_001)),
    "standard_normal": (stats.norm(), np.concatenate([-NORMAL_X[1:], NORMAL_X[-2:0:-1], [np.inf]])),
    "standard_exponential": (stats.expon(), np.append(EXPONENTIAL_X[:0:-1], np.inf)),
}
"""the law of every method, and the ends of the layers"""


@pytest.mark.parametrize("method", LAWS)
def test_numbers_have_their_law(stream, method):
    """Kolmogorov–Smirnov, chi-squared of the counts in the layers, mean, variance and fourth moment within 5.5 standard
    errors, and contingency of neighbours: 2e-7 false alarms at most in all."""
    (law, ends), numbers = LAWS[method], getattr(stream, method)(MANY)
    assert stats.kstest(numbers, law.cdf).pvalue > 3e-8
    ends = np.concatenate([[-np.inf], ends]) if method == "standard_normal" else ends
    chance = np.diff(law.cdf(ends))
    assert stats.chisquare(np.histogram(numbers, ends)[0], chance * MANY).pvalue > 3e-8
    for power in (1, 2, 4):
        error = np.sqrt(law.moment(2 * power) - law.moment(power) ** 2) / np.sqrt(MANY)
        assert abs((numbers**power).mean() - law.moment(power)) < 5.5 * error
    for apart in (1, 2, 4):
        places = np.histogram2d(law.cdf(numbers[:-apart]), law.cdf(numbers[apart:]), 10, [[0, 1], [0, 1]])[0]
        assert stats.chi2_contingency(places).pvalue > 1e-8


@pytest.mark.parametrize(("method", "tail"), [("standard_normal", NORMAL_TAIL), ("standard_exponential", 9.0)])
def test_the_tail_is_as_heavy_as_it_should_be(stream, method, tail):
    """A binomial test of 20 million numbers, and Kolmogorov–Smirnov beyond the tail: 2e-6 false alarms."""
    law, beyond = LAWS[method][0], []
    for _ in range(20):
        numbers = np.abs(getattr(stream, method)(1_000_000))
        beyond += numbers[numbers > tail].tolist()
    sides = 2 if method == "standard_normal" else 1
    assert stats.binomtest(len(beyond), 20_000_000, sides * law.sf(tail)).pvalue > 1e-6
    assert stats.kstest(beyond, lambda x: 1 - law.sf(x) / law.sf(tail)).pvalue > 1e-6


def test_whole_numbers_and_bits_are_uniform(stream):
    """Chi-squared, with a false alarm probability of 2e-6."""
    drawn = stream.integers(7, MANY)
    assert stats.chisquare(np.bincount(drawn, minlength=7)).pvalue > 1e-6
    bits = stream.bits((2, 3, MANY))
    assert bits.shape == (2, 3, MANY)
    assert bits.dtype == np.uint16
    assert stats.chisquare(np.bincount(bits.ravel(), minlength=2**16)).pvalue > 1e-6


def test_numbers_with_a_law_of_their_own_come_from_the_same_stream():
    """Exactly: mean + std · width · z of the standard normal numbers z, and u < p of the uniform numbers u."""
    given = np.random.default_rng(1)
    mean, width, p = given.normal(size=(3, 4)), given.uniform(size=(3, 4)), given.uniform(size=(3, 4))
    mean[0, 0], width[0, 0], p[0, :2] = np.inf, 0.0, (0.0, 1.0)
    one, other = (Stream(np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(one.normal(mean, 3.0), mean + 3 * other.standard_normal((3, 4)))
    np.testing.assert_array_equal(one.normal(mean, 3.0, width), mean + 3 * width * other.standard_normal((3, 4)))
    np.testing.assert_array_equal(one.bernoulli(p), other.random((3, 4)) < p)


def test_a_stream_has_the_shape_that_is_asked_for_and_goes_on(stream):
    twin = Stream(np.random.default_rng(3))
    again = Stream(np.random.default_rng(3))
    whole = twin.random((4, 5))
    assert whole.shape == (4, 5)
    parts = [again.random(7), again.random((1, 13))[0]]
    assert np.concatenate(parts).tolist() == whole.ravel().tolist()
    assert (stream.random(20) != whole.ravel()).any()


def test_numbers_that_are_drawn_in_advance_are_those_of_the_stream():
    drawn = list(islice(uniforms(np.random.default_rng(3), 700), 5))
    stream = Stream(np.random.default_rng(3))
    np.testing.assert_array_equal(drawn[:2], stream.random((2, 700)))
    assert all(row.shape == (700,) for row in drawn)
