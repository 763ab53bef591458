"""The ε-greedy policy of a table, for all runs at once."""

import numpy as np

from rlnotes.base.kernels import ConstFloatVector, ConstIntVector, FloatCube, FloatVector, IntVector, kernel

LEAST = np.finfo(float).min
"""the least number above −∞"""
LANES = 128
"""runs that choose together, so that their numbers stay in the fastest cache"""


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
    actions = q.shape[2]
    value, threshold = np.empty((actions, LANES)), np.empty(LANES)  # a candidate has at least the threshold
    pick, candidates, chosen = np.empty(LANES), np.empty(LANES), np.empty(LANES, np.int64)
    for first in range(0, len(runs), LANES):
        lanes = min(LANES, len(runs) - first)
        for i in range(lanes):  # a loop that only reads q, so that the CPU fetches many rows from memory at once
            run = np.uint64(runs[first + i])  # unsigned, so that no index is checked for being negative
            s = np.uint64(state[run])
            threshold[i] = q[run, s, 0] + q[run, s, actions - 1]  # nobody uses the sum
        for i in range(lanes):
            run = np.uint64(runs[first + i])
            s, best = np.uint64(state[run]), -np.inf
            for a in range(actions):
                value[a, i] = q[run, s, a]
                best = q[run, s, a] if q[run, s, a] > best else best
            u, e = uniform[run], epsilon[run]
            explore = u < e
            threshold[i], candidates[i], chosen[i] = LEAST if explore else best, 0.0, 0
            pick[i] = (u if explore else u - e) / (e if explore else 1 - e)
        for a in range(actions):  # from here on the inner loops have no branches, so that they are vectorised
            for i in range(lanes):
                candidates[i] += 1.0 if value[a, i] >= threshold[i] else 0.0
        for i in range(lanes):  # from here on `pick` is the number of candidates before the chosen one
            pick[i] = min(np.floor(pick[i] * candidates[i]), candidates[i] - 1)
        for a in range(actions):
            for i in range(lanes):
                candidate = value[a, i] >= threshold[i]
                chosen[i] = a if candidate & (pick[i] == 0) else chosen[i]
                pick[i] -= 1.0 if candidate else 0.0
        for i in range(lanes):
            action[runs[first + i]] = chosen[i]


@kernel()
def expect(q: FloatCube, state: ConstIntVector, epsilon: ConstFloatVector, expected: FloatVector) -> None:
    """expected ← Σ_a π(a|S) Q(S, a) of the ε-greedy policy π, in every run."""
    actions = q.shape[2]
    for run in range(len(state)):  # a loop that only reads q
        s = np.uint64(state[run])
        expected[run] = q[run, s, 0] + q[run, s, actions - 1]  # nobody uses the sum
    for run in range(len(state)):
        s, best, total, available = np.uint64(state[run]), -np.inf, 0.0, 0
        for a in range(actions):
            value = q[run, s, a]
            best = value if value > best else best
            total += value if value > -np.inf else 0.0
            available += value > -np.inf
        expected[run] = (1 - epsilon[run]) * best + epsilon[run] * total / available
