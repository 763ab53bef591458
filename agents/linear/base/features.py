"""The description of features, and the features of observations from a space."""

from abc import ABC, abstractmethod
from contextlib import suppress
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiDiscrete

from rlnotes.agents.base.agent import ProblemError
from rlnotes.agents.base.state_numbers import state_count, state_number
from rlnotes.agents.linear.base.basis import Active, Basis, Fourier, Polynomial, Radial, Tiles
from rlnotes.base.errors import SettingError, suggestion
from rlnotes.base.memory_check import require_memory

KINDS = ("one_hot", "aggregation", "polynomial", "fourier", "tiles", "radial")
FORMS = (
    "must be one_hot, aggregation:GROUPS, polynomial:ORDER, fourier:ORDER, tiles:TILINGSxTILES, "
    "tiles:TILINGSxTILES:SIZE, radial:CENTRES, radial:CENTRES:WIDTH, or [[the features] of each state]; numbers per "
    "dimension are joined by x, such as tiles:8x10x20"
)
LARGEST = 1e30
"""a bound of a Box beyond this is no bound"""
MOST_BYTES = 10**18
"""size of a table at which it certainly does not fit into memory"""


class Description(NamedTuple):
    """Features that a text describes."""

    kind: str
    sizes: list[int]
    """the whole numbers between the x"""
    last: float | None
    """the number after the second colon"""

    @classmethod
    def parse(cls, text: Any) -> "Description":
        """The features that a setting describes; raises `SettingError` if it has another form."""
        kind, *numbers = str(text).split(":")
        with suppress(ValueError):
            sizes = [int(number) for number in numbers[0].split("x")] if numbers else []
            last = float(numbers[1]) if len(numbers) > 1 else None
            if cls.fits(kind, sizes, last) and len(numbers) <= 2:
                return cls(kind, sizes, last)
        hint = "" if kind in KINDS else f"unknown{suggestion(kind, KINDS)}; "
        raise SettingError("features", text, f"{hint}{FORMS}")

    @staticmethod
    def fits(kind: str, sizes: list[int], last: float | None) -> bool:
        """Whether these numbers may follow a kind."""
        whole = last is None or (1 <= last < 2**62 and last == int(last))
        return {
            "one_hot": not sizes,
            "aggregation": len(sizes) >= 1 and min(sizes, default=0) >= 1 and last is None,
            "polynomial": len(sizes) == 1 and min(sizes) >= 0 and last is None,
            "fourier": len(sizes) == 1 and min(sizes) >= 0 and last is None,
            "tiles": len(sizes) >= 2 and min(sizes) >= 1 and whole,
            "radial": len(sizes) >= 1 and min(sizes) >= 1 and (last is None or 0 < last < inf),
        }.get(kind, False)

    def basis(self, dimensions: int) -> Basis:
        """The features of positions with this many dimensions; raises `ProblemError` if their numbers do not fit."""
        if self.kind == "polynomial":
            return Polynomial(self.sizes[0], dimensions)
        if self.kind == "fourier":
            return Fourier(self.sizes[0], dimensions)
        if self.kind == "radial":
            return Radial(self.per_dimension(self.sizes, dimensions), 1.0 if self.last is None else self.last)
        tilings, sizes = (1, self.sizes) if self.kind == "aggregation" else (self.sizes[0], self.sizes[1:])
        return Tiles(tilings, self.per_dimension(sizes, dimensions), int(self.last or 0))

    def per_dimension(self, sizes: list[int], dimensions: int) -> list[int]:
        """A number for each dimension; one number stands for all."""
        if len(sizes) not in (1, dimensions):
            given, wanted = "x".join(map(str, sizes)), "1" if dimensions == 1 else f"{dimensions} or 1"
            raise ProblemError(f"needs one number per dimension in {self.kind}, {wanted} of them, not {given}")
        return sizes * dimensions if len(sizes) == 1 else sizes


class Features(ABC):
    """Features x(s) of the observations of a space: `size` numbers, at most `active` of them not 0."""

    size: int
    active: int
    binary: bool

    @abstractmethod
    def of(self, observation: np.ndarray) -> Active:
        """The features of observations [runs, ...]."""


class StateFeatures(Features):
    """Features of a finite set of states."""

    def __init__(self, space: Space[Any], basis: Basis) -> None:
        self.space, self.states = space, state_count(space)
        self.basis, self.size, self.active, self.binary = basis, basis.size, basis.active, basis.binary

    @cached_property
    def table(self) -> Active:
        """The features of all states [states, active]."""
        require_memory("features", type(self.basis).__name__.lower(), min(24 * self.states * self.active, MOST_BYTES))
        return self.basis.at(positions(self.space))

    @property
    def matrix(self) -> np.ndarray:
        """The features of all states, as rows [states, size]."""
        matrix = np.zeros((self.states, self.size))
        np.add.at(matrix, (np.arange(self.states)[:, None], self.table.number), self.table.value)
        return matrix

    def of(self, observation: np.ndarray) -> Active:
        state = state_number(self.space, observation)
        return Active(self.table.number.take(state, axis=0), self.table.value.take(state, axis=0))


class OneHot(Basis):
    """One feature per state, which is 1 in its state."""

    binary, active = True, 1

    def __init__(self, states: int) -> None:
        self.size = states

    def at(self, position: np.ndarray) -> Active:
        return Active(np.arange(len(position), dtype=np.uint64)[:, None], np.ones((len(position), 1)))


class Rows(Basis):
    """Given features, a row of a matrix [states, size] for each state."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.given, self.size = matrix, matrix.shape[1]
        self.active = max(1, int((matrix != 0).sum(axis=1).max()))
        self.binary = bool(np.isin(matrix, (0, 1)).all())

    def at(self, position: np.ndarray) -> Active:
        index = np.argsort(self.given == 0, axis=1, kind="stable")[:, : self.active]
        return Active(index.astype(np.uint64), np.take_along_axis(self.given, index, axis=1))


class BoxFeatures(Features):
    """Features of vectors of numbers in `ranges` [dimensions, 2]; a number outside its range counts as its end."""

    def __init__(self, description: Description, ranges: np.ndarray) -> None:
        self.low, self.width = ranges[:, 0], ranges[:, 1] - ranges[:, 0]
        self.basis = description.basis(len(ranges))
        self.size, self.active, self.binary = self.basis.size, self.basis.active, self.basis.binary

    def of(self, observation: np.ndarray) -> Active:
        rows = np.ascontiguousarray(observation).reshape(len(observation), -1)  # kernels read rows in C order
        position = (rows - self.low) / self.width
        return self.basis.at(np.clip(position, 0.0, 1.0, out=position))


def features_of(given: Any, ranges: Any, space: Space[Any]) -> Features:
    """The features of a space that a setting describes, with the ranges of an unbounded Box.

    Raises `ProblemError` if they do not fit the space.
    """
    if not isinstance(space, Box | Discrete | MultiDiscrete):
        raise ProblemError(f"needs Box, Discrete or MultiDiscrete observations, not {space}")
    if isinstance(space, Box) and not isinstance(given, str):
        raise ProblemError(f"needs features in words on {space}, since only states that can be counted can have rows")
    if isinstance(space, Box):
        description = Description.parse(given)
        if description.kind == "one_hot":
            raise ProblemError(f"needs other features than one_hot on {space}, such as tiles:8x8 or fourier:3")
        return BoxFeatures(description, bounds(space, ranges))
    if ranges is not None:
        raise ProblemError(f"needs agent.ranges=null, since {space} has no ranges")
    states = state_count(space)
    if not isinstance(given, str):
        rows = np.asarray(given, float)
        if len(rows) != states:
            raise ProblemError(f"needs a row of features for each of the {states} states, not {len(rows)} rows")
        return StateFeatures(space, Rows(rows))
    if given == "one_hot":
        return StateFeatures(space, OneHot(states))
    return StateFeatures(space, Description.parse(given).basis(1 if isinstance(space, Discrete) else space.nvec.size))


def bounds(space: Box, ranges: Any) -> np.ndarray:
    """The ranges of the numbers of a Box [dimensions, 2]: the given ones, or else its own."""
    own = np.stack([space.low.ravel(), space.high.ravel()], axis=1).astype(float)
    if ranges is not None:
        given = np.asarray(ranges, float)
        if len(given) != len(own):
            raise ProblemError(f"needs agent.ranges with {len(own)} rows [LOW, HIGH], one per number of {space}")
        return given
    if (np.abs(own) > LARGEST).any():
        raise ProblemError(
            f"needs agent.ranges, [LOW, HIGH] for each of the {len(own)} numbers, since {space} is unbounded"
        )
    return own + (own[:, :1] == own[:, 1:]) * np.array([0.0, 1.0])  # a number that never changes has a range too


def positions(space: Space[Any]) -> np.ndarray:
    """The positions of all states [states, dimensions]: the state, or each part of it, divided by its largest value."""
    sizes = [int(space.n)] if isinstance(space, Discrete) else space.nvec.ravel().tolist()  # type: ignore[attr-defined]
    parts = np.unravel_index(np.arange(state_count(space)), sizes)
    return np.stack([part / max(size - 1, 1) for part, size in zip(parts, sizes, strict=True)], axis=1)
