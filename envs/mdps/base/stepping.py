"""The kernels that step a finite MDP, for all runs at once."""

import numpy as np

from rlnotes.base.kernels import (
    BoolVector,
    ConstFloatVector,
    ConstInt32Matrix,
    ConstIntVector,
    FloatVector,
    IntMatrix,
    IntVector,
    kernel,
)
from rlnotes.envs.mdps.base.sampling_tables import Pairs


@kernel()
def draw(cumulative: ConstFloatVector, uniform: float) -> int:
    """The first index whose cumulative probability is above `uniform`."""
    first, last = 0, len(cumulative) - 1
    while first < last:
        middle = (first + last) // 2
        if uniform < cumulative[middle]:
            last = middle
        else:
            first = middle + 1
    return first


@kernel()
def step(
    spans: ConstInt32Matrix,
    pairs: Pairs,
    start: ConstFloatVector,
    actions: int,
    time_limit: int,
    progress: IntMatrix,
    action: ConstIntVector,
    uniform: ConstFloatVector,
    observation: IntVector,
    rewards: FloatVector,
    terminated: BoolVector,
    truncated: BoolVector,
) -> bool:
    """Step every run by one uniform number, which also draws the start of the next episode if the episode ends.

    This is possible because the position of the number within the share that it fell into is again uniform.
    `spans`, `pairs` and `start` are those of `SamplingTables`. `progress` [3, runs] is changed: the states, the steps
    of the episodes, and the states before any reset. The last four arrays [runs] are filled.
    Returns whether any episode ended.
    """
    state, elapsed, last = progress[0], progress[1], progress[2]
    runs = len(state)
    if len(action) != runs:
        raise ValueError("there must be one action per run")
    chosen, rest, shares = np.empty(runs, np.uint64), np.empty(runs), np.empty(runs)
    outside = any_ended = False
    for run in range(runs):
        outside |= (action[run] < 0) | (action[run] >= actions)
    if outside:
        raise IndexError("an action is not one of the environment's")
    for run in range(runs):  # several short loops, so that the CPU fetches many rows from memory at once
        row = np.uint64(state[run] * actions + action[run])
        place = uniform[run] * spans[row, 1]
        chosen[run] = spans[row, 0] + int(place)
        rest[run] = place - int(place)
    for run in range(runs):
        shares[run] = pairs[chosen[run]].share
    for run in range(runs):  # no branch depends on the numbers drawn
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
