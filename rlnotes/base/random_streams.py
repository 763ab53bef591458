"""Streams of random numbers, several times as fast as those of NumPy's generators."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from rlnotes.base.random_kernels import (
    fill_bernoulli,
    fill_bits,
    fill_exponential,
    fill_normal,
    fill_normal_around,
    fill_normal_wide,
    fill_uniform,
)

AHEAD = 8_192
"""numbers to draw at a time, for fewer runs than this"""

Size = int | tuple[int, ...]


class Stream:
    """A stream of random numbers, with methods of `numpy.random.Generator`, which seeds it.

    Source: see `random_kernels`.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.state = rng.integers(2**64, size=4, dtype=np.uint64)

    def random(self, size: Size) -> np.ndarray:
        """Numbers uniform from 0 to below 1."""
        return self.filled(size, fill_uniform)

    def standard_normal(self, size: Size) -> np.ndarray:
        """Numbers of N(0, 1)."""
        return self.filled(size, fill_normal)

    def normal(self, mean: np.ndarray, std: float, width: np.ndarray | None = None) -> np.ndarray:
        """Numbers of N(mean, std²), or of N(mean, (std · width)²) with a `width` of the shape of `mean`."""
        if width is None:
            return self.filled(mean.shape, fill_normal_around, flat(mean), std)
        return self.filled(mean.shape, fill_normal_wide, flat(mean), std, flat(width))

    def bernoulli(self, probability: np.ndarray) -> np.ndarray:
        """1 with the probability, else 0."""
        return self.filled(probability.shape, fill_bernoulli, flat(probability))

    def standard_exponential(self, size: Size) -> np.ndarray:
        """Numbers with density exp(−x)."""
        return self.filled(size, fill_exponential)

    def integers(self, high: int, size: Size) -> np.ndarray:
        """Whole numbers from 0 to below `high`."""
        return (self.random(size) * high).astype(np.int64)

    def bits(self, size: tuple[int, ...]) -> np.ndarray:
        """Random numbers of 16 bits."""
        count = prod(size)
        words = np.empty(-(-count // 4), np.uint64)
        fill_bits(self.state, words)
        return words.view(np.uint16)[:count].reshape(size)

    def filled(self, size: Size, fill: Callable[..., None], *given: Any) -> np.ndarray:
        """Numbers that `fill` draws, `given` what it needs for them."""
        numbers = np.empty(size)
        fill(self.state, *given, flat(numbers))
        return numbers


def flat(array: np.ndarray) -> np.ndarray:
    """The array as a vector; a vector itself, since making a view takes as long as drawing a hundred numbers."""
    return array if array.ndim == 1 else array.reshape(-1)


def uniforms(rng: np.random.Generator, runs: int) -> Iterator[np.ndarray]:
    """An endless stream of uniform numbers [runs]."""
    stream = Stream(rng)
    while True:
        yield from list(stream.random((max(1, AHEAD // runs), runs)))
