"""Types of what the kernels of tables take."""

import numpy as np
from numba import boolean, float64, int64, uint64

from rlnotes.envs.mdps.rows import constant

TABLE = float64[:, :, ::1]
"""Q(s, a) of every run [runs, states, actions]"""
REALS, NUMBERS, FLAGS = constant(float64), constant(uint64), constant(boolean)
"""real numbers, states or actions, and whether, of every run [runs]"""
STEP = (NUMBERS, NUMBERS, REALS, NUMBERS, FLAGS)
"""state, action, reward, next state and whether that terminated, of every run [runs]"""
RECENT = (uint64[:, ::1], uint64[:, ::1], float64[:, ::1], float64[:, ::1], int64[::1])
"""of the last n steps of an episode, the i-th of which is at i mod n [runs, n]: states, actions, rewards, step sizes;
and the steps of the episode so far [runs]"""


def recent(runs: int, n: int) -> tuple[np.ndarray, ...]:
    """What holds the last n steps, as `RECENT` has it."""
    shape = runs, n
    return *np.zeros((2, *shape), np.uint64), *np.zeros((2, *shape)), np.zeros(runs, np.int64)
