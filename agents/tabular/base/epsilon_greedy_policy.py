"""The ε-greedy policy of a table, for all runs at once."""

import numpy as np

from rlnotes.base.kernels import ConstFloatVector, ConstIntVector, FloatCube, FloatVector, IntVector, kernel

LEAST = np.finfo(float).min
"""the least number above −∞"""


@kernel(error_model="numpy")
def choose(
    q: FloatCube,
    state: ConstIntVector,
    epsilon: ConstFloatVector,
    uniform: ConstFloatVector,
    action: IntVector,
    runs: ConstIntVector,
) -> None:
    """A ← argmax_a Q(S, a) with probability 1 − ε, uniform with probability ε, in the given `runs` [notes 2.7].

    Ties are broken at random. Actions of Q = −∞ are not available. One uniform number per run decides everything:
    u < ε means explore, and then u / ε, or else (u − ε) / (1 − ε), is uniform again and picks one of the candidates.
    """
    actions, n = q.shape[2], len(runs)
    value, chosen = np.empty((actions, n)), np.zeros(n, np.int64)
    threshold = np.empty(n)  # a candidate has at least this value
    drawn, rate = np.empty(n), np.empty(n)  # the uniform number and ε
    candidates, skip = np.zeros(n), np.empty(n)  # number of candidates, and of those before the chosen one
    for i in range(n):
        run = np.uint64(runs[i])  # unsigned, so that no index is checked for being negative
        s, best = np.uint64(state[run]), -np.inf
        for a in range(actions):
            value[a, i] = q[run, s, a]
            best = q[run, s, a] if q[run, s, a] > best else best
        u, e = uniform[run], epsilon[run]
        threshold[i], drawn[i], rate[i] = LEAST if u < e else best, u, e
    for a in range(actions):  # from here on the inner loops have no branches, so that they are vectorised
        for i in range(n):
            candidates[i] += 1.0 if value[a, i] >= threshold[i] else 0.0
    for i in range(n):
        u, e = drawn[i], rate[i]
        explore = u < e
        pick = (u if explore else u - e) / (e if explore else 1 - e)
        skip[i] = min(np.floor(pick * candidates[i]), candidates[i] - 1)
    for a in range(actions):
        for i in range(n):
            candidate = value[a, i] >= threshold[i]
            chosen[i] = a if candidate & (skip[i] == 0) else chosen[i]
            skip[i] -= 1.0 if candidate else 0.0
    for i in range(n):
        action[runs[i]] = chosen[i]


@kernel()
def expect(q: FloatCube, state: ConstIntVector, epsilon: ConstFloatVector, expected: FloatVector) -> None:
    """expected ← Σ_a π(a|S) Q(S, a) of the ε-greedy policy π, in every run."""
    for run in range(len(state)):
        best, total, available = -np.inf, 0.0, 0
        for a in range(q.shape[2]):
            value = q[run, state[run], a]
            best = value if value > best else best
            total += value if value > -np.inf else 0.0
            available += value > -np.inf
        expected[run] = (1 - epsilon[run]) * best + epsilon[run] * total / available
