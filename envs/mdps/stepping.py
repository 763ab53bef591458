"""The kernels that step a finite MDP, for all runs at once."""

import numpy as np
from numba import boolean, float64, int32, int64, njit, types

from rlnotes.envs.mdps.rows import constant


@njit(int64(constant(float64), int64, int64, float64), cache=True)
def draw(cumulative, first, end, uniform):  # type: ignore[no-untyped-def]
    """The first index, from `first` to `end` − 1, whose cumulative probability is above `uniform`."""
    last = end - 1
    while first < last:
        middle = (first + last) // 2
        if uniform < cumulative[middle]:
            last = middle
        else:
            first = middle + 1
    return first


@njit(float64[::1](constant(int64), constant(float64)), cache=True)
def accumulate(offsets, probability):  # type: ignore[no-untyped-def]
    """[entries], the sum of the probabilities of a row up to and with the entry; 1 at its last."""
    cumulative = np.ones(len(probability))
    for row in range(len(offsets) - 1):
        total = 0.0
        for entry in range(offsets[row], offsets[row + 1] - 1):
            total += probability[entry]
            cumulative[entry] = total
    return cumulative


@njit(
    types.Tuple((int64[::1], int64[::1], float64[::1], boolean[::1], boolean[::1], boolean))(
        *[constant(int64)] * 2,
        *[constant(float64), constant(int32), constant(float64), constant(boolean), constant(float64)],
        *[int64, int64, int64[::1], int64[::1], constant(int64), constant(float64)],
    ),
    cache=True,
)
def step(  # type: ignore[no-untyped-def]
    begin,
    end,
    cumulative,
    next_state,
    reward,
    terminated,
    start,
    actions,
    time_limit,
    state,
    elapsed,
    action,
    uniform,
):
    """Step every run by one uniform number, and begin a new episode where one ends, by what is left of that number.

    Given where an entry was drawn, the place of the number within the entry's share is uniform again.
    `state` and `elapsed` [runs] are changed; returns the observations, those before any reset, rewards, terminated,
    truncated [runs], and whether any episode ended.
    """
    runs = len(state)
    if len(action) != runs:
        raise ValueError("there must be one action a run")
    observation, last, rewards = np.empty(runs, np.int64), np.empty(runs, np.int64), np.empty(runs)
    ends, truncated, any_ended = np.zeros(runs, np.bool_), np.zeros(runs, np.bool_), False
    for run in range(runs):
        if not 0 <= action[run] < actions:
            raise IndexError("an action is not one of the environment's")
        row = state[run] * actions + action[run]
        entry = draw(cumulative, begin[row], end[row], uniform[run])
        s = last[run] = next_state[entry]
        rewards[run] = reward[entry]
        elapsed[run] += 1
        ends[run] = terminated[entry]
        truncated[run] = not ends[run] and elapsed[run] >= time_limit
        if ends[run] or truncated[run]:
            below = cumulative[entry - 1] if entry > begin[row] else 0.0
            s = draw(start, 0, len(start), (uniform[run] - below) / (cumulative[entry] - below))
            elapsed[run] = 0
            any_ended = True
        observation[run] = state[run] = s
    return observation, last, rewards, ends, truncated, any_ended
