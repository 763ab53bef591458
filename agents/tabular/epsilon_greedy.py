"""The ε-greedy policy of a table, for all runs at once."""

import numpy as np
from numba import float64, njit, uint64, void

from rlnotes.agents.tabular.signature import NUMBERS, REALS, TABLE

LEAST = np.finfo(float).min
"""the least number above −∞"""


@njit(void(TABLE, NUMBERS, REALS, REALS, uint64[::1], NUMBERS), cache=True)
def choose(q, state, epsilon, uniform, action, runs):  # type: ignore[no-untyped-def]
    """A ← argmax_a Q(S, a) with probability 1 − ε, uniform with probability ε, in the `runs` named [notes 2.7].

    Ties are broken at random. Actions of Q = −∞ are not available. One uniform number a run decides all of it.
    """
    actions = q.shape[2]
    drawn, count, bests = np.empty(len(runs), np.uint64), 0, np.empty(len(runs))
    for run in runs:  # without a branch that hangs on the table, here and below
        best, first, ties = -np.inf, 0, 0
        for a in range(actions):
            value = q[run, state[run], a]
            better = value > best
            ties = 0 if better else ties + (value == best)
            first = a if better else first
            best = value if better else best
        action[run] = first
        drawn[count], bests[count] = run, best
        count += (ties > 0) | (uniform[run] < epsilon[run])
    for i in range(count):
        run = drawn[i]
        u, e = uniform[run], epsilon[run]
        explore = u < e
        least = LEAST if explore else bests[i]
        among = 0
        for a in range(actions):
            among += q[run, state[run], a] >= least
        share = u / e if explore else (u - e) / (1 - e)
        place, chosen = min(int(share * among), among - 1), 0
        for a in range(actions):
            counts = q[run, state[run], a] >= least
            chosen = a if counts & (place == 0) else chosen
            place -= counts
        action[run] = chosen


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
