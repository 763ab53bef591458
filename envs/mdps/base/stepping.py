"""The kernels that step a finite MDP, for all runs at once."""

import numpy as np
from numba import boolean, float64, from_dtype, int32, int64, njit, types, void

from rlnotes.envs.mdps.base.bellman import constant

PAIR = np.dtype(
    [("share", "f8"), ("reward", "f8"), ("other_reward", "f8"), ("next_state", "i4"), ("other_next_state", "i4")]
)
"""Two entries of a row and the share of the first: all that a step reads, in half a line of the cache.

A next state that terminates is kept as its complement, −1 − s.
"""
PAIRS = types.Array(from_dtype(PAIR), 1, "C")


@njit(
    void(constant(int64), constant(int32), constant(float64), constant(float64), constant(boolean), PAIRS), cache=True
)
def pair(offsets, next_state, probability, reward, terminated, pairs):  # type: ignore[no-untyped-def]
    """Fill `pairs` [entries] so that a row's pairs, drawn with equal probability, give each entry its own.

    Source: Walker's alias method, by the algorithm of Vose, IEEE Transactions on Software Engineering 17 (1991).
    """
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    share, other = np.empty(longest), np.empty(longest, np.int64)
    poor, rich = np.empty(longest, np.int64), np.empty(longest, np.int64)
    for row in range(len(offsets) - 1):
        first, n = offsets[row], offsets[row + 1] - offsets[row]
        poors = riches = 0
        for i in range(n):
            share[i], other[i] = n * probability[first + i], i
            if share[i] < 1:
                poor[poors] = i
                poors += 1
            else:
                rich[riches] = i
                riches += 1
        while poors and riches:
            i, j = poor[poors - 1], rich[riches - 1]
            other[i] = j
            share[j] -= 1 - share[i]
            poors -= 1
            if share[j] < 1:
                poor[poors] = j
                poors, riches = poors + 1, riches - 1
        for i in range(n):
            own, another = first + i, first + other[i]
            pairs[own].share = share[i] if other[i] != i else 1.0
            pairs[own].reward, pairs[own].other_reward = reward[own], reward[another]
            pairs[own].next_state = ~next_state[own] if terminated[own] else next_state[own]
            pairs[own].other_next_state = ~next_state[another] if terminated[another] else next_state[another]


@njit(int64(constant(float64), float64), cache=True)
def draw(cumulative, uniform):  # type: ignore[no-untyped-def]
    """The first index whose cumulative probability is above `uniform`."""
    first, last = 0, len(cumulative) - 1
    while first < last:
        middle = (first + last) // 2
        if uniform < cumulative[middle]:
            last = middle
        else:
            first = middle + 1
    return first


@njit(
    boolean(
        *[types.Array(int32, 2, "C", readonly=True), PAIRS, constant(float64), int64, int64],
        *[int64[:, ::1], constant(int64), constant(float64), int64[::1], float64[::1], boolean[::1], boolean[::1]],
    ),
    cache=True,
)
def step(  # type: ignore[no-untyped-def]
    spans, pairs, start, actions, time_limit, progress, action, uniform, observation, rewards, terminated, truncated
):
    """Step every run by one uniform number, and begin a new episode where one ends by what is left of that number.

    Its place in the share that it fell into is uniform again. `spans` [rows, 2] says where a row's pairs begin and how
    many there are. `progress` [3, runs] is changed: the states, the steps of the episodes, and the states before any
    reset. Filled are the observations, rewards, terminated and truncated [runs]. Returns whether any episode ended.
    """
    state, elapsed, last = progress[0], progress[1], progress[2]
    runs = len(state)
    if len(action) != runs:
        raise ValueError("there must be one action a run")
    chosen, rest, shares = np.empty(runs, np.uint64), np.empty(runs), np.empty(runs)
    outside = any_ended = False
    for run in range(runs):
        outside |= (action[run] < 0) | (action[run] >= actions)
    if outside:
        raise IndexError("an action is not one of the environment's")
    for run in range(runs):  # in a loop of its own, so that the processor looks up many rows at once
        row = np.uint64(state[run] * actions + action[run])
        place = uniform[run] * spans[row, 1]
        chosen[run] = spans[row, 0] + int(place)
        rest[run] = place - int(place)
    for run in range(runs):  # likewise, since this is where a large model is read from memory
        shares[run] = pairs[chosen[run]].share
    for run in range(runs):  # without a branch that hangs on what is drawn
        drawn, own = pairs[chosen[run]], rest[run] < shares[run]
        reward, other_reward = drawn.reward, drawn.other_reward
        next_state, other_next_state = drawn.next_state, drawn.other_next_state
        rewards[run] = reward if own else other_reward
        last[run] = next_state if own else other_next_state
    for run in range(runs):
        s = last[run]
        elapsed[run] += 1
        terminated[run] = s < 0
        truncated[run] = (s >= 0) & (elapsed[run] >= time_limit)
        observation[run] = last[run] = state[run] = s if s >= 0 else ~s
    for run in range(runs):
        if terminated[run] | truncated[run]:
            left, share = rest[run], shares[run]
            observation[run] = state[run] = draw(start, left / share if left < share else (left - share) / (1 - share))
            elapsed[run] = 0
            any_ended = True
    return any_ended
