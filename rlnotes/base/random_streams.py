"""Streams of random numbers, several times as fast as those of NumPy's generators."""

from collections.abc import Callable, Iterator
from math import prod

import numpy as np

from rlnotes.base.random_kernels import fill_bits, fill_exponential, fill_normal, fill_uniform

AHEAD = 2_048
"""numbers to draw at a time, for fewer runs than this"""

Shape = int | tuple[int, ...]


class Stream:
    """A stream of random numbers, with the methods of `numpy.random.Generator`; `rng` seeds it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.state = rng.integers(2**64, size=4, dtype=np.uint64)

    def random(self, shape: Shape) -> np.ndarray:
        """Numbers uniform from 0 to below 1."""
        return self.filled(shape, fill_uniform)

    def standard_normal(self, shape: Shape) -> np.ndarray:
        """Numbers of N(0, 1)."""
        return self.filled(shape, fill_normal)

    def standard_exponential(self, shape: Shape) -> np.ndarray:
        """Numbers with density exp(−x)."""
        return self.filled(shape, fill_exponential)

    def integers(self, bound: int, shape: Shape) -> np.ndarray:
        """Whole numbers from 0 to below `bound`."""
        return (self.random(shape) * bound).astype(np.int64)

    def bits(self, shape: tuple[int, ...]) -> np.ndarray:
        """Random numbers of 16 bits."""
        size = prod(shape)
        words = np.empty(-(-size // 4), np.uint64)
        fill_bits(self.state, words)
        return words.view(np.uint16)[:size].reshape(shape)

    def filled(self, shape: Shape, fill: Callable[[np.ndarray, np.ndarray], None]) -> np.ndarray:
        """Numbers of this shape that `fill` draws."""
        numbers = np.empty(shape)
        fill(self.state, numbers.reshape(-1))
        return numbers


def uniforms(rng: np.random.Generator, runs: int) -> Iterator[np.ndarray]:
    """An endless stream of uniform numbers [runs]."""
    stream = Stream(rng)
    while True:
        yield from list(stream.random((max(1, AHEAD // runs), runs)))
