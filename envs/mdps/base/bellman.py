"""Kernels over the compressed rows of a finite MDP: row s · actions + a holds the entries of state s and action a.

`offsets` [rows + 1] says where each row begins; an empty row is an action that is not available. Indices are unsigned,
which spares the compiler the question whether they count from the end.
"""

from typing import Any

import numpy as np
from numba import boolean, float64, int32, int64, njit, types, uint32, uint64, void


def constant(dtype: Any, dimensions: int = 1) -> Any:
    """The type of an array that a kernel only reads, as a model's are."""
    return types.Array(dtype, dimensions, "C", readonly=True)


OPERATOR = (constant(uint64), constant(uint32), constant(float64), constant(float64, 2), float64)
"""type of a model's `operator`: offsets, successor, probability, expected reward [states, actions] and discount"""


@njit(int64(int64[::1], int32[::1], float64[::1], float64[::1], boolean[::1]), cache=True)
def merge(offsets, next_state, probability, reward, terminated):  # type: ignore[no-untyped-def]
    """Sort every row by what follows, add up the probabilities of equal entries and drop those of none, in place.

    Returns the number of entries that are left.
    """
    kept = begin = 0
    for row in range(len(offsets) - 1):
        first, end = kept, offsets[row + 1]
        for i in range(begin, end):
            p, s, r, ended = probability[i], next_state[i], reward[i], terminated[i]
            if p == 0:
                continue
            j = kept
            while j > first and (next_state[j - 1], terminated[j - 1], reward[j - 1]) > (s, ended, r):
                j -= 1
            if j > first and next_state[j - 1] == s and terminated[j - 1] == ended and reward[j - 1] == r:
                probability[j - 1] += p
                continue
            for k in range(kept, j, -1):
                probability[k], next_state[k] = probability[k - 1], next_state[k - 1]
                reward[k], terminated[k] = reward[k - 1], terminated[k - 1]
            probability[j], next_state[j], reward[j], terminated[j] = p, s, r, ended
            kept += 1
        offsets[row], begin = first, end
    offsets[-1] = kept
    return kept


@njit(types.UniTuple(float64[::1], 2)(constant(int64), constant(float64), constant(float64)), cache=True)
def totals(offsets, probability, reward):  # type: ignore[no-untyped-def]
    """Sum of the probabilities, and of probability times reward, of every row; −∞ where a row is empty."""
    rows = len(offsets) - 1
    total, expected = np.zeros(rows), np.zeros(rows)
    for row in range(rows):
        for i in range(offsets[row], offsets[row + 1]):
            total[row] += probability[i]
            expected[row] += probability[i] * reward[i]
        if offsets[row] == offsets[row + 1]:
            expected[row] = -np.inf
    return total, expected


@njit(void(*OPERATOR, constant(float64), float64[:, ::1]), cache=True)
def action_values(offsets, successor, probability, reward, discount, value, q):  # type: ignore[no-untyped-def]
    """q[s, a] ← r(s, a) + γ Σ_{s'} p(s'|s, a) V(s') [notes 2.3]."""
    states, actions = reward.shape
    for s in range(states):
        for a in range(actions):
            row, total = np.uint64(s * actions + a), 0.0
            for i in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[i] * value[successor[i]]
            q[s, a] = reward[s, a] + discount * total


@njit(
    types.UniTuple(float64, 2)(*OPERATOR, constant(float64), float64[::1], int32[::1], int64, int64),
    nogil=True,
    fastmath={"contract"},
    cache=True,
)
def backup(offsets, successor, probability, reward, discount, value, backed_up, policy, first, end):  # type: ignore[no-untyped-def]
    """backed_up(s) ← max_a r(s, a) + γ Σ_{s'} p(s'|s, a) V(s') of the states first ≤ s < end [notes 2.4].

    policy(s) becomes the first action that attains the maximum, unless the one that it was does.
    Returns the least and the largest change.
    """
    actions = reward.shape[1]
    low, high = np.inf, -np.inf
    q = np.empty(actions)
    for s in range(first, end):
        best, old = -np.inf, policy[s]
        for a in range(actions):
            row, even, odd = np.uint64(s * actions + a), 0.0, 0.0  # two sums, neither of which waits for the other
            i, after = offsets[row], offsets[row + np.uint64(1)]
            while i + np.uint64(1) < after:
                even += probability[i] * value[successor[i]]
                odd += probability[i + np.uint64(1)] * value[successor[i + np.uint64(1)]]
                i += np.uint64(2)
            if i < after:
                even += probability[i] * value[successor[i]]
            q[a] = reward[s, a] + discount * (even + odd)
            best = max(best, q[a])
        if old < 0 or q[old] < best:
            policy[s] = np.argmax(q)
        change = best - value[s]
        low, high = min(low, change), max(high, change)
        backed_up[s] = best
    return low, high
