"""The step buffer of n-step methods."""

from typing import NamedTuple, Self

import numpy as np

from rlnotes.base.memory_check import require_memory


class StepBuffer(NamedTuple):
    """The last n steps of the episode of each run; step i is in column i mod n."""

    states: np.ndarray
    """[runs, n]"""
    actions: np.ndarray
    """[runs, n]"""
    rewards: np.ndarray
    """[runs, n]"""
    alphas: np.ndarray
    """step size of each step [runs, n]"""
    length: np.ndarray
    """number of steps of the episode so far [runs]"""

    @classmethod
    def empty(cls, runs: int, n: int) -> Self:
        """A buffer without steps; raises `SettingError` if it does not fit into memory."""
        require_memory("agent.n", n, 32 * runs * n)
        states, actions = np.zeros((2, runs, n), np.int64)
        rewards, alphas = np.zeros((2, runs, n))
        return cls(states, actions, rewards, alphas, np.zeros(runs, np.int64))
