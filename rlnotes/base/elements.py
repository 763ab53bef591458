"""Whether values are elements of a space: observations and actions that come from outside the project."""

from math import isfinite
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete

from rlnotes.base.kernels import ConstIntVector, kernel


@kernel()
def first_outside(values: ConstIntVector, low: ConstIntVector, high: ConstIntVector) -> int:
    """The index of the first value that is not from `low` to `high`, or −1."""
    for i in range(len(values)):
        if not low[i] <= values[i] <= high[i]:
            return i
    return -1


def all_finite(values: np.ndarray) -> bool:
    """Whether no value is infinite or NaN. The sum of squares, which is much faster, mostly shows it."""
    flat = values.reshape(-1)
    return isfinite(flat @ flat) or bool(np.isfinite(flat).all())


def as_array(values: Any, copy: bool | None = None) -> np.ndarray:
    """Values as an array, a copy if `copy` is true; an array of objects if their shapes differ."""
    try:
        return np.array(values, copy=copy)
    except ValueError:
        found = np.empty(len(values), object)
        found[:] = values
        return found


class Elements:
    """The elements of a `space`, one for each of the `runs`, under a `name` for messages, such as "action".

    Without `bounds`, the elements of a Box are all finite numbers of its type. Values of spaces other than Box,
    Discrete, MultiDiscrete and MultiBinary are not checked.
    """

    def __init__(self, name: str, space: Space[Any], runs: int, bounds: bool = True) -> None:
        self.name, self.shape = name, (runs, *(space.shape or ()))
        self.dtype: Any = space.dtype
        self.whole = isinstance(space, Discrete | MultiDiscrete | MultiBinary)
        self.checked = self.whole or isinstance(space, Box)
        self.words = f"elements of {space}"
        limits: Any = None
        if isinstance(space, Discrete):
            limits = space.start, space.start + space.n - 1
            self.words = f"whole numbers from {limits[0]} to {limits[1]}"
        elif isinstance(space, MultiDiscrete):
            limits = space.start, space.start + space.nvec - 1
        elif isinstance(space, MultiBinary):
            limits = 0, 1
        elif isinstance(space, Box) and bounds:
            limits = space.low, space.high
        else:
            self.words = f"finite numbers of type {space.dtype}"
        kind = np.int64 if self.whole else space.dtype
        self.limits = [np.broadcast_to(limit, self.shape).reshape(-1).astype(kind) for limit in limits or ()]

    def fault(self, values: np.ndarray, step: int) -> str | None:
        """What is wrong with values that are given in a step, in one line; None if nothing is."""
        if not self.checked:
            return None
        if values.shape != self.shape:
            what = f"gave {self.name}s of shape {values.shape} in step {step}"
            return f"{what}; must be one {self.name} per run, {self.shape}"
        if values.dtype != self.dtype and not np.can_cast(values.dtype, self.dtype, "same_kind"):
            return f"gave {self.name}s of type {values.dtype} in step {step}; must be {self.words}"
        wrong = self.first_wrong(values)
        return None if wrong < 0 else f"gave {self.name} {values[wrong]} in step {step}; must be {self.words}"

    def first_wrong(self, values: np.ndarray) -> int:
        """The first run whose value is no element, or −1."""
        if self.whole:
            wrong = first_outside(np.ascontiguousarray(values, np.int64).reshape(-1), *self.limits)
            return wrong if wrong < 0 else wrong * len(values) // values.size
        if not self.limits:
            return -1 if values.dtype.kind != "f" or all_finite(values) else first_run(~np.isfinite(values))
        low, high = self.limits
        flat = values.astype(self.dtype).reshape(-1)
        return first_run(~((low <= flat) & (flat <= high)).reshape(self.shape))


def first_run(wrong: np.ndarray) -> int:
    """The first run with a mark in `wrong` [runs, ...], or −1."""
    marked = wrong.reshape(len(wrong), -1).any(axis=1)
    return int(marked.argmax()) if marked.any() else -1
