"""Actions that are vectors of real numbers."""

from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box

from rlnotes.agents.base.agent import ProblemError


def require_bounded_box(space: Space[Any]) -> None:
    """Raise `ProblemError` unless the actions of a space are vectors of real numbers with bounds."""
    bounded = isinstance(space, Box) and np.issubdtype(space.dtype, np.floating) and space.is_bounded()
    if not bounded or len(space.shape or ()) != 1:
        raise ProblemError(f"needs actions that are a vector of real numbers, a Box with bounds, not {space}")


def centre_and_reach(space: Box) -> tuple[np.ndarray, np.ndarray]:
    """The middle and half the width of each component of a space; 0 and 1 if a component has no bounds."""
    bounded = np.isfinite(space.low) & np.isfinite(space.high)
    low, high = np.where(bounded, space.low, -1.0), np.where(bounded, space.high, 1.0)
    return (low / 2 + high / 2).astype(np.float32), (high / 2 - low / 2).astype(np.float32)
