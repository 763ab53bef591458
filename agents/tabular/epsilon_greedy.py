"""ε-greedy choice from a table, for all runs at once."""

import numpy as np
from numba import njit


@njit("void(f8[:,:,::1], i8[::1], f8[::1], f8[::1], i8[::1])", cache=True)
def choose(q, state, epsilon, uniform, action):  # type: ignore[no-untyped-def]
    """A ← argmax_a Q(S, a) with probability 1 − ε, uniform with probability ε, in every run [notes 2.7].

    Ties are broken at random. Actions of Q = −∞ are not available. One uniform number a run decides all of it.
    """
    actions = q.shape[2]
    for run in range(len(state)):
        row = q[run, state[run]]
        best, tied, available = -np.inf, 0, 0
        for a in range(actions):
            value = row[a]
            available += value > -np.inf
            tied = 1 if value > best else tied + (value == best)
            best = max(best, value)
        explore = uniform[run] < epsilon[run]
        if explore:
            least, place = -np.inf, min(int(uniform[run] / epsilon[run] * available), available - 1)
        else:
            least, place = best, min(int((uniform[run] - epsilon[run]) / (1 - epsilon[run]) * tied), tied - 1)
        for a in range(actions):
            if row[a] > -np.inf and row[a] >= least:
                if place == 0:
                    action[run] = a
                    break
                place -= 1
