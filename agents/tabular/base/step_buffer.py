"""The last n steps of every run, which n-step methods learn from."""

import numpy as np
from numba import float64, int64

from rlnotes.base.memory_check import require

RECENT = (int64[:, ::1], int64[:, ::1], float64[:, ::1], float64[:, ::1], int64[::1])
"""of the last n steps of an episode, the i-th of which is at i mod n [runs, n]: states, actions, rewards, step sizes;
and the steps of the episode so far [runs]"""


def recent(runs: int, n: int) -> tuple[np.ndarray, ...]:
    """What holds the last n steps, as `RECENT` has it."""
    require("agent.n", n, 32 * runs * n)
    shape = runs, n
    return *np.zeros((2, *shape), np.int64), *np.zeros((2, *shape)), np.zeros(runs, np.int64)
