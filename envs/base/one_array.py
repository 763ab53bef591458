"""Observations of several parts, Dict and Tuple, in one array."""

import reprlib
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from gymnasium.spaces.utils import flatten, flatten_space

from rlnotes.base.elements import Elements, as_array
from rlnotes.base.errors import SettingError


def in_one_array(env: gym.Env, id: str) -> gym.Env:
    """The environment with this id; if its observations are Dict or Tuple, they become arrays."""
    return InOneArray(env, id) if isinstance(env.observation_space, Dict | Tuple) else env


class InOneArray(gym.ObservationWrapper):
    """Join the parts of an observation into one array.

    Several parts become MultiDiscrete if all are Discrete. Otherwise they become a vector, as in Gymnasium's `flatten`:
    Discrete and MultiDiscrete are one-hot. One part alone stays as it is, so that it may be an image.
    Raises `SettingError` if parts cannot be joined, or if a part of an observation is no element of its space.
    """

    def __init__(self, env: gym.Env, id: str) -> None:
        super().__init__(env)
        self.id, self.steps, self.given = id, 0, env.observation_space
        self.parts: Any = dict(parts(self.given))
        spaces = list(self.parts.values())
        if not spaces or not all(is_array(space, alone=len(spaces) == 1) for space in spaces):
            raise cannot_be_joined(id, self.parts)
        self.finite = all(isinstance(space, Discrete) for space in spaces)
        if len(spaces) == 1:
            self.observation_space = spaces[0]
        elif self.finite:
            self.observation_space = MultiDiscrete([one.n for one in spaces], start=[one.start for one in spaces])
        else:
            self.observation_space = flatten_space(self.given)
        outer = self.given.spaces if isinstance(self.given, Tuple) else ()
        self.numbers = len(spaces) > 1 and len(outer) > 0 and all(isinstance(one, Discrete) for one in outer)
        self.elements = [Elements(f"observation[{name}]", space, 1, False) for name, space in self.parts.items()]

    def step(self, action: Any) -> Any:
        self.steps += 1
        return super().step(action)

    def observation(self, observation: Any) -> np.ndarray:
        if self.numbers:  # which the space of the array checks too, and faster
            return np.array(observation)
        try:
            values = [as_array(value) for value in values_of(self.given, observation)]
        except (TypeError, ValueError, LookupError):
            what = f"gave observation {reprlib.repr(observation)} in step {self.steps}"
            raise SettingError("env", self.id, f"{what}; must be an element of {self.given}") from None
        for value, elements in zip(values, self.elements, strict=True):
            if fault := elements.fault(value[None], self.steps):
                raise SettingError("env", self.id, fault)
        if len(values) == 1:
            return values[0]
        if self.finite:
            return np.array(values)
        return np.concatenate([flatten(*part) for part in zip(self.parts.values(), values, strict=True)])


def cannot_be_joined(id: str, parts: dict[str, Space[Any]]) -> SettingError:
    """The error for these parts, with a setting that keeps some of them."""
    known = [name for name, space in parts.items() if is_array(space, alone=True)]
    images = [name for name in known if not is_array(parts[name], alone=False)]
    described = [f"{name}, {space if name in known else type(space).__name__}" for name, space in parts.items()]
    what = f"cannot be used: the parts of its observations are {'; '.join(described) or 'none'}"
    requirement = "several parts must be numbers, vectors or of finite sets, and an image must be alone"
    kept = f"[{{name: FilterObservation, filter_keys: [{','.join(images[:1] or known)}]}}]"
    return SettingError("env", id, f"{what}; {requirement}" + (f"; try env.wrappers={kept}" if known else ""))


def inner(space: Any) -> Any:
    """The keys of a Dict or Tuple and their spaces."""
    return space.spaces.items() if isinstance(space, Dict) else enumerate(space.spaces)


def parts(space: Space[Any], name: str = "") -> Iterator[tuple[str, Space[Any]]]:
    """The names and spaces of all parts, those inside parts too."""
    if not isinstance(space, Dict | Tuple):
        yield name, space
        return
    for key, part in inner(space):
        yield from parts(part, f"{name}.{key}" if name else str(key))


def values_of(space: Space[Any], given: Any) -> Iterator[Any]:
    """The values of all parts in the order of `parts`; raises an error if `given` has other parts."""
    if not isinstance(space, Dict | Tuple):
        yield given
        return
    if len(given) != len(space):
        raise ValueError("another number of parts")
    for key, part in inner(space):
        yield from values_of(part, given[key])


def is_array(space: Space[Any], alone: bool) -> bool:
    """Whether the elements are arrays that `InOneArray` can join; an array alone may have any shape."""
    vector = isinstance(space, Box) and (alone or len(space.shape) <= 1)
    return vector or isinstance(space, Discrete | MultiDiscrete | MultiBinary)
