"""Luck that is drawn in advance."""

from collections.abc import Iterator

import numpy as np

AHEAD = 2_048
"""numbers that are drawn at a time, where runs are fewer"""


def uniforms(rng: np.random.Generator, runs: int) -> Iterator[np.ndarray]:
    """Uniform numbers [runs] without end, those of `rng.random(runs)` asked again and again."""
    while True:
        yield from list(rng.random((max(1, AHEAD // runs), runs)))
