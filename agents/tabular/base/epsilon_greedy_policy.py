"""The ε-greedy policy of a table, for all runs at once."""

import numpy as np
from numba import float64, int64, njit, void

from rlnotes.agents.tabular.base.signature import NUMBERS, REALS, TABLE

LEAST = np.finfo(float).min
"""the least number above −∞"""


@njit(void(TABLE, NUMBERS, REALS, REALS, int64[::1], NUMBERS), error_model="numpy", cache=True)
def choose(q, state, epsilon, uniform, action, runs):  # type: ignore[no-untyped-def]
    """A ← argmax_a Q(S, a) with probability 1 − ε, uniform with probability ε, in the `runs` named [notes 2.7].

    Ties are broken at random. Actions of Q = −∞ are not available. One uniform number a run decides all of it.
    """
    actions, n = q.shape[2], len(runs)
    value, chosen = np.empty((actions, n)), np.zeros(n, np.int64)
    least, share, place = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        run = np.uint64(runs[i])  # unsigned, so that nobody asks whether it counts from the end
        s, best = np.uint64(state[run]), -np.inf
        for a in range(actions):
            value[a, i] = q[run, s, a]
            best = q[run, s, a] if q[run, s, a] > best else best
        least[i], share[i], place[i] = best, uniform[run], epsilon[run]
    for i in range(n):  # over all runs at once and without a branch, here and below
        u, e = share[i], place[i]
        explore = u < e
        least[i] = LEAST if explore else least[i]
        share[i], place[i] = (u if explore else u - e) / (e if explore else 1 - e), 0.0
    for a in range(actions):
        for i in range(n):
            place[i] += 1.0 if value[a, i] >= least[i] else 0.0
    for i in range(n):
        place[i] = min(np.floor(share[i] * place[i]), place[i] - 1)
    for a in range(actions):
        for i in range(n):
            counts = value[a, i] >= least[i]
            chosen[i] = a if counts & (place[i] == 0) else chosen[i]
            place[i] -= 1.0 if counts else 0.0
    for i in range(n):
        action[runs[i]] = chosen[i]


@njit(void(TABLE, NUMBERS, REALS, float64[::1]), cache=True)
def expect(q, state, epsilon, expected):  # type: ignore[no-untyped-def]
    """expected ← Σ_a π(a|S) Q(S, a) of the ε-greedy policy π, in every run."""
    for run in range(len(state)):
        best, total, available = -np.inf, 0.0, 0
        for a in range(q.shape[2]):
            value = q[run, state[run], a]
            best = value if value > best else best
            total += value if value > -np.inf else 0.0
            available += value > -np.inf
        expected[run] = (1 - epsilon[run]) * best + epsilon[run] * total / available
