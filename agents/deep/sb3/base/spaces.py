"""Spaces as the models of stable-baselines3 need them: finite sets count from 0."""

from copy import deepcopy
from typing import Any

from gymnasium import Space
from gymnasium.spaces import Discrete, MultiDiscrete


def from_zero(space: Space[Any]) -> Space[Any]:
    """The same space, with the numbers of a finite set from 0."""
    if isinstance(space, Discrete):
        return Discrete(int(space.n))
    return MultiDiscrete(space.nvec) if isinstance(space, MultiDiscrete) else deepcopy(space)


def first_number(space: Space[Any]) -> Any:
    """The first number of a finite set; 0 for other spaces."""
    return space.start if isinstance(space, Discrete | MultiDiscrete) else 0
