"""Features x(s) of positions s, each a vector of numbers from 0 to 1."""

from abc import ABC, abstractmethod
from functools import cached_property
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from rlnotes.base.kernels import FloatMatrix, UintMatrix, UintVector, kernel

MIX = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x9E3779B97F4A7C15), np.uint64(0x94D049BB133111EB)
"""odd constants of splitmix64"""
ROUNDING = 1e-9
"""share of a tile by which rounding may move a position that is on an edge"""


class Active(NamedTuple):
    """The features of every run that may differ from 0."""

    number: np.ndarray
    """their numbers [runs, active]"""
    value: np.ndarray
    """their values [runs, active]"""


class Basis(ABC):
    """A function that gives `size` features of positions. At most `active` of them differ from 0."""

    size: int
    active: int
    binary = False
    """whether every feature is 0 or 1"""

    @abstractmethod
    def at(self, position: np.ndarray) -> Active:
        """The features at positions [runs, dimensions]."""


@kernel()
def find_tiles(position: FloatMatrix, tiles: UintVector, tilings: int, hashed: int, index: UintMatrix) -> None:
    """index ← the tile of every tiling that a position is in [runs, tilings].

    Tiling t is moved by t (1, 3, 5, …) / tilings of a tile. With `hashed` above 0, a hash of the coordinates modulo
    `hashed` is the number of the tile; else every tile has a number of its own.
    """
    runs, dimensions = position.shape
    count, extra, one, size = np.uint64(tilings), np.uint64(tilings > 1), np.uint64(1), np.uint64(hashed)
    for run in range(runs):
        for t in range(tilings):
            number = np.uint64(t)
            for j in range(dimensions):
                fine = np.uint64(position[run, j] * tiles[j] * count + ROUNDING)
                moved = np.uint64(t * (2 * j + 1) % tilings)
                width = tiles[j] + extra
                tile = min((fine + moved) // count, width - one)
                if hashed > 0:  # the mixing steps of splitmix64
                    number = (number ^ tile) * MIX[0] + MIX[1]
                    number = (number ^ (number >> np.uint64(31))) * MIX[2]
                    number = number ^ (number >> np.uint64(29))
                else:
                    number = number * width + tile
            index[run, t] = number % size if hashed > 0 else number


class Tiles(Basis):
    """Tile coding: `tilings` grids of `tiles` per dimension; a feature is 1 in its tile, 0 elsewhere.

    Tiling t is moved by t (1, 3, 5, …) / tilings of a tile, so that grids have one tile more per dimension. A single
    grid is not moved. If `hashed`, the tiles share that many features by a hash of their numbers.
    Source: Sutton & Barto (2nd ed.), sections 9.3 and 9.5.4; the offsets: Miller & Glanz (1996).
    """

    binary = True

    def __init__(self, tilings: int, tiles: list[int], hashed: int = 0) -> None:
        self.tilings, self.tiles, self.hashed, self.active = tilings, tiles, hashed, tilings
        self.size = hashed or tilings * prod(number + (tilings > 1) for number in tiles)
        self.ones = np.ones((0, tilings))

    def at(self, position: np.ndarray) -> Active:
        if len(self.ones) != len(position):
            self.ones = np.ones((len(position), self.tilings))
        index = np.empty(self.ones.shape, np.uint64)
        find_tiles(position, np.array(self.tiles, np.uint64), self.tilings, self.hashed, index)
        return Active(index, self.ones)


class Dense(Basis):
    """Features that all differ from 0."""

    def __init__(self, size: int) -> None:
        self.size = self.active = size
        self.every = np.empty((0, 0), np.uint64)

    def at(self, position: np.ndarray) -> Active:
        if len(self.every) != len(position):
            self.every = np.tile(np.arange(self.size, dtype=np.uint64), (len(position), 1))
        return Active(self.every, self.values(position))

    @abstractmethod
    def values(self, position: np.ndarray) -> np.ndarray:
        """The features at positions [runs, size]."""


class Powers(Dense):
    """Features of all vectors c of whole numbers from 0 to the `order`, one per dimension."""

    def __init__(self, order: int, dimensions: int) -> None:
        super().__init__((order + 1) ** dimensions)
        self.order, self.dimensions = order, dimensions

    @cached_property
    def c(self) -> np.ndarray:
        """The vectors c [dimensions, size]; the last number changes fastest."""
        return np.array(list(product(range(self.order + 1), repeat=self.dimensions)), float).T.copy()


class Polynomial(Powers):
    """x_c(s) = Π_j s_j^c_j. Source: Sutton & Barto (2nd ed.), section 9.5.1."""

    def values(self, position: np.ndarray) -> np.ndarray:
        power = np.ones((len(position), self.size))
        for s, c in zip(position.T, self.c, strict=True):
            power *= s[:, None] ** c
        return power


class Fourier(Powers):
    """x_c(s) = cos(π Σ_j c_j s_j). Source: Sutton & Barto (2nd ed.), section 9.5.2; Konidaris et al. (2011)."""

    def values(self, position: np.ndarray) -> np.ndarray:
        phase = np.zeros((len(position), self.size))
        for s, c in zip(position.T, self.c, strict=True):
            phase += s[:, None] * c
        return np.cos(np.pi * phase)


class Radial(Dense):
    """x_c(s) = exp(−½ Σ_j ((s_j − c_j) / (width · d_j))²) for every centre c of a grid with distances d_j.

    Source: Sutton & Barto (2nd ed.), section 9.5.5.
    """

    def __init__(self, centres: list[int], width: float) -> None:
        super().__init__(prod(centres))
        self.centres, self.width = centres, width

    @cached_property
    def c(self) -> np.ndarray:
        """The centres [dimensions, size]."""
        axes = [np.linspace(0, 1, number) if number > 1 else np.array([0.5]) for number in self.centres]
        return np.array(list(product(*axes))).T.copy()

    def values(self, position: np.ndarray) -> np.ndarray:
        square = np.zeros((len(position), self.size))
        with np.errstate(over="ignore"):  # far from a centre that is very narrow, the feature is 0
            for s, c, number in zip(position.T, self.c, self.centres, strict=True):
                square += ((s[:, None] - c) * max(number - 1, 1) / self.width) ** 2
        return np.exp(-square / 2)
