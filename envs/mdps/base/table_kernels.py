"""Kernels that build a transition table and look for what is special in it."""

import numpy as np

from rlnotes.base.kernels import (
    BoolVector,
    ConstBoolVector,
    ConstFloatMatrix,
    ConstFloatVector,
    ConstInt32Vector,
    ConstIntVector,
    FloatVector,
    Int32Vector,
    IntVector,
    kernel,
)

SUM_TOLERANCE = 1e-6
"""how far the sum of the probabilities of a row may be from 1, and a probability below 0, by rounding

The probabilities are then scaled to sum to 1, and the negative ones become 0.
"""


@kernel()
def compacted(
    offsets: ConstIntVector,
    next_state: ConstInt32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatVector,
    terminated: ConstBoolVector,
    start: ConstFloatVector,
) -> tuple[IntVector, Int32Vector, FloatVector, FloatVector, BoolVector, int, float]:
    """The columns with sorted rows whose probabilities sum to 1, without impossible entries and equal ones.

    Returns them with the first wrong row (−1 if none) and the sum of its probabilities: it is not 1 within
    `SUM_TOLERANCE`, or it is 0 because the state has no action.
    """
    rows, entries, size, wrong, total = len(offsets) - 1, len(next_state), 0, -1, 0.0
    actions, begins = rows // len(start), np.zeros(rows + 1, np.int64)
    to, chance = np.empty(entries, np.int32), np.empty(entries)
    paid, ends = np.empty(entries), np.empty(entries, np.bool_)
    for row in range(rows):
        first, total = size, 0.0
        for i in range(offsets[row], offsets[row + 1]):
            p, s, r, ended = probability[i], next_state[i], reward[i], terminated[i]
            if p <= 0:
                continue
            j = size
            while j > first and (to[j - 1], ends[j - 1], paid[j - 1]) > (s, ended, r):
                j -= 1
            if j > first and to[j - 1] == s and ends[j - 1] == ended and paid[j - 1] == r:
                chance[j - 1] += p
                continue
            for k in range(size, j, -1):
                to[k], chance[k], paid[k], ends[k] = to[k - 1], chance[k - 1], paid[k - 1], ends[k - 1]
            to[j], chance[j], paid[j], ends[j] = s, p, r, ended
            size += 1
        begins[row + 1] = size
        for i in range(first, size):
            total += chance[i]
        stuck = (row + 1) % actions == 0 and size == begins[row + 1 - actions]
        if stuck or (size > first and abs(total - 1) > SUM_TOLERANCE):
            wrong = row
            break
        if size > first and total != 1:
            for i in range(first, size):
                chance[i] /= total
    if size <= 0.9 * entries:  # a view would keep the memory of all entries
        to, chance, paid, ends = to[:size].copy(), chance[:size].copy(), paid[:size].copy(), ends[:size].copy()
    return begins, to[:size], chance[:size], paid[:size], ends[:size], wrong, total


@kernel()
def idle(
    begins: IntVector, next_state: ConstInt32Vector, reward: ConstFloatVector, terminated: ConstBoolVector
) -> BoolVector:
    """Whether all entries of a state stay there or end, and pay 0; those of state s begin at begins[s]."""
    states = len(begins) - 1
    idle = np.ones(states, np.bool_)
    for s in range(states):
        for i in range(begins[s], begins[s + 1]):
            if reward[i] != 0 or (next_state[i] != s and not terminated[i]):
                idle[s] = False
                break
    return idle


@kernel()
def steady(
    begins: IntVector, next_state: ConstInt32Vector, terminated: ConstBoolVector, expected_reward: ConstFloatMatrix
) -> BoolVector:
    """Whether no way from a state ends or leads to a state with another largest expected reward.

    The entries of state s begin at begins[s].
    """
    states = len(begins) - 1
    best, steady = np.full(states, -np.inf), np.ones(states, np.bool_)
    for s in range(states):
        for a in range(expected_reward.shape[1]):
            best[s] = max(best[s], expected_reward[s, a])
    for s in range(states):
        for i in range(begins[s], begins[s + 1]):
            if terminated[i] or best[next_state[i]] != best[s]:
                steady[s] = False
                break
    if not steady.any():
        return steady
    followers = np.zeros(states + 1, np.int64)
    for candidate in np.flatnonzero(steady):
        for i in range(begins[candidate], begins[candidate + 1]):
            followers[next_state[i] + 1] += 1
    followers, before = followers.cumsum(), np.empty(followers.sum(), np.int64)  # the steady states before each state
    place = followers[:-1].copy()
    for candidate in np.flatnonzero(steady):
        for i in range(begins[candidate], begins[candidate + 1]):
            before[place[next_state[i]]] = candidate
            place[next_state[i]] += 1
    unsteady = np.empty(states, np.int64)
    count = len(np.flatnonzero(~steady))
    unsteady[:count] = np.flatnonzero(~steady)
    while count > 0:
        count -= 1
        reached = unsteady[count]
        for i in range(followers[reached], followers[reached + 1]):
            if steady[before[i]]:
                steady[before[i]] = False
                unsteady[count] = before[i]
                count += 1
    return steady


@kernel()
def expected_rewards(offsets: ConstIntVector, probability: ConstFloatVector, reward: ConstFloatVector) -> FloatVector:
    """Σ p r of every row, without rounding if all rewards of the row are equal; −∞ if the row is empty."""
    rows = len(offsets) - 1
    expected = np.zeros(rows)
    for row in range(rows):
        least, largest = np.inf, -np.inf
        for i in range(offsets[row], offsets[row + 1]):
            expected[row] += probability[i] * reward[i]
            least, largest = min(least, reward[i]), max(largest, reward[i])
        if least >= largest:
            expected[row] = least
        if offsets[row] == offsets[row + 1]:
            expected[row] = -np.inf
    return expected
