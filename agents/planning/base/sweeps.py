"""Kernels of the planners, over the operator of a model: see `rlnotes.envs.mdps.base.bellman`."""

import heapq

import numpy as np
from numba import boolean, float64, int32, int64, njit, types, uint32, void

from rlnotes.envs.mdps.base.bellman import OPERATOR, constant


@njit(
    types.UniTuple(float64, 2)(*OPERATOR, float64[::1], int32[::1], boolean),
    nogil=True,
    fastmath={"contract"},
    cache=True,
)
def gauss_seidel(offsets, successor, probability, reward, discount, value, policy, forward):  # type: ignore[no-untyped-def]
    """Back up one state after another, in place, so that later states see the new values of earlier ones.

    The best action becomes the policy's, which stays where it is among the best. Returns the least and largest change.
    """
    states, actions = reward.shape
    low, high = np.inf, -np.inf
    for i in range(states):
        s = i if forward else states - 1 - i
        best, best_action = -np.inf, policy[s]
        for a in range(actions):
            row, total = np.uint64(s * actions + a), 0.0
            for entry in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[entry] * value[successor[entry]]
            q = reward[s, a] + discount * total
            better = (q > best) | ((q == best) & (a == policy[s]))
            best = q if better else best
            best_action = a if better else best_action
        change = best - value[s]
        low, high = min(low, change), max(high, change)
        value[s], policy[s] = best, best_action
    return low, high


LANES = 64
"""states whose rows lie side by side in the copy of the rows that a policy plays, so that they are added up together"""


@njit(
    int64(*OPERATOR[:4], constant(int32), int32[::1], constant(int64), uint32[::1], float64[::1], float64[::1]),
    nogil=True,
    fastmath={"contract"},
    cache=True,
)
def follow(  # type: ignore[no-untyped-def]
    offsets, successor, probability, reward, policy, followed, begins, successors, probabilities, rewards
):
    """Copy the rows that a policy plays, where it is no longer the one `followed`; returns the number of such states.

    Block b of `LANES` states lies from begins[b] to begins[b + 1], its rows' first entries, then their second ones, and
    so on; rows are filled up to the length of the longest with entries of probability 0 to the absorbing state.
    """
    states, actions = reward.shape
    changed = 0
    for s in range(states):
        if policy[s] == followed[s]:
            continue
        changed += 1
        followed[s], rewards[s] = policy[s], reward[s, policy[s]]
        row, place = np.uint64(s * actions + policy[s]), np.uint64(begins[s // LANES] + s % LANES)
        for entry in range(offsets[row], offsets[row + np.uint64(1)]):
            successors[place], probabilities[place] = successor[entry], probability[entry]
            place += np.uint64(LANES)
        while place < begins[s // LANES + 1]:
            successors[place], probabilities[place] = states, 0.0
            place += np.uint64(LANES)
    return changed


@njit(
    types.UniTuple(float64, 2)(
        *[constant(int64), constant(uint32), constant(float64), constant(float64), float64],
        *[constant(float64), float64[::1], int64, int64],
    ),
    nogil=True,
    fastmath={"contract"},
    cache=True,
)
def evaluate(begins, successors, probabilities, rewards, discount, value, evaluated, first, end):  # type: ignore[no-untyped-def]
    """evaluated(s) ← r_π(s) + γ Σ_{s'} p_π(s'|s) V(s') of the states first ≤ s < end; the least and largest change.

    Of the copy that `follow` made; `first` is a multiple of `LANES`.
    """
    total, low, high = np.empty(LANES), np.full(LANES, np.inf), np.full(LANES, -np.inf)
    for block in range(first // LANES, (end + LANES - 1) // LANES):
        total[:] = 0.0
        for place in range(begins[block], begins[block + 1], LANES):
            successor, probability = successors[place : place + LANES], probabilities[place : place + LANES]
            for lane in range(LANES):
                total[lane] += probability[lane] * value[successor[lane]]
        s = block * LANES
        reward, before, after = rewards[s : s + LANES], value[s : s + LANES], evaluated[s : s + LANES]
        for lane in range(min(LANES, end - s)):
            after[lane] = reward[lane] + discount * total[lane]
            low[lane] = min(low[lane], after[lane] - before[lane])
            high[lane] = max(high[lane], after[lane] - before[lane])
    return low.min(), high.max()


@njit(
    types.UniTuple(float64, 2)(
        *[constant(int64), constant(uint32), constant(float64), constant(float64), float64],
        *[float64[::1], boolean],
    ),
    nogil=True,
    fastmath={"contract"},
    cache=True,
)
def evaluate_in_place(begins, successors, probabilities, rewards, discount, value, forward):  # type: ignore[no-untyped-def]
    """V(s) ← r_π(s) + γ Σ_{s'} p_π(s'|s) V(s') of one state after another; the least and largest change."""
    states = len(rewards)
    low, high = np.inf, -np.inf
    for i in range(states):
        s, total = i if forward else states - 1 - i, 0.0
        for place in range(
            np.uint64(begins[s // LANES] + s % LANES), np.uint64(begins[s // LANES + 1]), np.uint64(LANES)
        ):
            total += probabilities[place] * value[successors[place]]
        new = rewards[s] + discount * total
        low, high = min(low, new - value[s]), max(high, new - value[s])
        value[s] = new
    return low, high


@njit(
    void(*OPERATOR, float64[::1], float64[::1], *[constant(int64), constant(int32), constant(float64)], int64, float64),
    nogil=True,
    fastmath={"contract"},
    cache=True,
)
def prioritized(  # type: ignore[no-untyped-def]
    offsets, successor, probability, reward, discount, value, priority, begins, before, weight, backups, least
):
    """Back up the state of the highest priority, so many times or until all are at most `least`.

    After V(s) changes by d, the priority of a state that leads to s with probability p is raised to p |d|, that of s
    falls to 0. State s has the predecessors `before` with the largest probability `weight`, from begins[s] to
    begins[s + 1]. The queue may hold a state twice: the entry that is out of date is passed over.
    """
    states, actions = reward.shape
    queue = [(-priority[s], s) for s in range(states) if priority[s] > least]
    heapq.heapify(queue)
    while backups > 0 and len(queue) > 0:
        negative, s = heapq.heappop(queue)
        if -negative != priority[s]:
            continue
        best = -np.inf
        for a in range(actions):
            row, total = np.uint64(s * actions + a), 0.0
            for entry in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[entry] * value[successor[entry]]
            best = max(best, reward[s, a] + discount * total)
        change, value[s] = abs(best - value[s]), best
        priority[s] = 0.0
        backups -= 1
        for i in range(begins[s], begins[s + 1]):
            raised = discount * weight[i] * change
            if raised > priority[before[i]] and raised > least:
                priority[before[i]] = raised
                heapq.heappush(queue, (-raised, np.int64(before[i])))  # type: ignore[misc]
