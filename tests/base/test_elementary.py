"""exp and log of many numbers, against Python's."""

import math

import numpy as np

from rlnotes.base.elementary import exp, log


def test_exp_is_that_of_python():
    x = -np.concatenate([np.random.default_rng().exponential(30, 100_000), np.linspace(0, 707, 10_001)])
    expected = [math.exp(number) for number in x]
    np.testing.assert_allclose(exp(x), expected, rtol=1e-15, atol=1e-306)
    assert exp(np.array([0.0, -0.0, -709.0, -np.inf])).tolist() == [1, 1, 0, 0]


def test_exp_may_replace_its_argument():
    x = -np.arange(6.0).reshape(2, 3)
    assert exp(x) is not x
    assert exp(x, in_place=True) is x
    np.testing.assert_allclose(x, np.exp(-np.arange(6.0)).reshape(2, 3), rtol=1e-15)


def test_log_is_that_of_python():
    rng = np.random.default_rng()
    x = np.concatenate([rng.random(50_000), 10 ** rng.uniform(-307, 308, 50_000), 1 + rng.normal(0, 1e-4, 10_000)])
    np.testing.assert_allclose(log(x), [math.log(number) for number in x], rtol=1e-15)
    counts = np.arange(1.0, 10_001)
    np.testing.assert_allclose(log(counts), np.log(counts), rtol=1e-15)
    assert log(np.array([0.0, 1.0])).tolist() == [-np.inf, 0]


def test_the_place_of_a_number_does_not_matter():
    """Compiled loops take several numbers at a time, and the last ones alone; arms with equal numbers must tie."""
    for function, number in ((exp, -1.2345), (log, 0.6789)):
        for size in (1, 3, 8, 13, 1_000):
            assert len(set(function(np.full(size, number)).tolist())) == 1
        assert function(np.full(13, number))[12] == function(np.array([number]))[0]
