"""Types of what the kernels of tables take."""

from numba import boolean, float64, int64

from rlnotes.envs.mdps.base.bellman import constant

TABLE = float64[:, :, ::1]
"""Q(s, a) of every run [runs, states, actions]"""
VALUES = float64[:, ::1]
"""V(s) of every run [runs, states], or what each of its steps has [runs, steps]"""
REALS, NUMBERS, FLAGS = constant(float64), constant(int64), constant(boolean)
"""real numbers, states or actions, and whether, of every run [runs]"""
STEP = (NUMBERS, NUMBERS, REALS, NUMBERS, FLAGS)
"""state, action, reward, next state and whether that terminated, of every run [runs]"""
