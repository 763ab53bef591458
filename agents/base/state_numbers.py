"""Numbers for observations from a finite set."""

from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Discrete, MultiDiscrete

from rlnotes.agents.base.agent import ProblemError


def state_count(space: Space[Any]) -> int:
    """Number of states; raises `ProblemError` if it is not finite."""
    if isinstance(space, Discrete):
        return int(space.n)
    if isinstance(space, MultiDiscrete):
        return int(np.prod(space.nvec))
    raise ProblemError(
        f"needs a finite set of states, Discrete(n) or MultiDiscrete, not {space}; agents with linear values or with "
        "networks take others"
    )


def state_number(space: Space[Any], observation: np.ndarray) -> np.ndarray:
    """The number of the state, from 0 [runs]; the last part of a MultiDiscrete state changes fastest."""
    if isinstance(space, Discrete):
        number = np.ascontiguousarray(observation, np.int64)
        return number - space.start if space.start else number
    assert isinstance(space, MultiDiscrete)
    parts = (observation - space.start).reshape(len(observation), -1)
    return np.ravel_multi_index(tuple(parts.T), tuple(space.nvec.ravel()))
