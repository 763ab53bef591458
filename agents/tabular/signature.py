"""Types of what the kernels of tables take."""

from numba import boolean, float64, uint64

from rlnotes.envs.mdps.rows import constant

TABLE = float64[:, :, ::1]
"""Q(s, a) of every run [runs, states, actions]"""
REALS, NUMBERS = constant(float64), constant(uint64)
"""real numbers, and states or actions, of every run [runs]"""
STEP = (NUMBERS, NUMBERS, REALS, NUMBERS, constant(boolean))
"""state, action, reward, next state and whether that terminated, of every run [runs]"""
