"""Kernels of the planners, over the operator of a model: see `rlnotes.envs.mdps.rows`."""

import heapq

import numpy as np
from numba import boolean, float64, int32, int64, njit, types, uint32, void

from rlnotes.envs.mdps.rows import OPERATOR, constant


@njit(types.UniTuple(float64, 2)(*OPERATOR, float64[::1], int32[::1], boolean, boolean), nogil=True, cache=True)
def gauss_seidel(offsets, successor, probability, reward, discount, value, policy, improve, forward):  # type: ignore[no-untyped-def]
    """Back up one state after another, in place, so that later states see the new values of earlier ones.

    With `improve` by the best action, which becomes the policy's, else by the policy's. Returns the least and the
    largest change.
    """
    states, actions = reward.shape
    low, high = np.inf, -np.inf
    for i in range(states):
        s = i if forward else states - 1 - i
        old = policy[s]
        best, best_action = -np.inf, old
        for a in range(0 if improve else old, actions if improve else old + 1):
            row, total = np.uint64(s * actions + a), 0.0
            for entry in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[entry] * value[successor[entry]]
            q = reward[s, a] + discount * total
            better = (q > best) | ((q == best) & (a == old))
            best = q if better else best
            best_action = a if better else best_action
        change = best - value[s]
        low, high = min(low, change), max(high, change)
        value[s], policy[s] = best, best_action
    return low, high


@njit(
    int64(
        *OPERATOR[:4], constant(int32), int32[::1], constant(int64), int64[::1], uint32[::1], float64[::1], float64[::1]
    ),
    nogil=True,
    cache=True,
)
def follow(  # type: ignore[no-untyped-def]
    offsets, successor, probability, reward, policy, followed, begins, ends, successors, probabilities, rewards
):
    """Copy the rows that a policy plays next to one another, so that a sweep reads no others, where it has changed.

    The row of state s lies from begins[s], which leaves room for its longest, to ends[s]; it is that of followed[s].
    Returns the number of states where the policy has changed.
    """
    states, actions = reward.shape
    changed = 0
    for s in range(states):
        if policy[s] == followed[s]:
            continue
        followed[s] = policy[s]
        changed += 1
        row, place = np.uint64(s * actions + policy[s]), np.uint64(begins[s])
        for entry in range(offsets[row], offsets[row + np.uint64(1)]):
            successors[place], probabilities[place] = successor[entry], probability[entry]
            place += np.uint64(1)
        ends[s], rewards[s] = place, reward[s, policy[s]]
    return changed


@njit(
    types.UniTuple(float64, 2)(
        *[constant(int64), constant(int64), constant(uint32), constant(float64), constant(float64), float64],
        *[constant(float64), float64[::1], int64, int64],
    ),
    nogil=True,
    cache=True,
)
def evaluate(begins, ends, successor, probability, reward, discount, value, evaluated, first, end):  # type: ignore[no-untyped-def]
    """evaluated(s) ← r_π(s) + γ Σ_{s'} p_π(s'|s) V(s') of the states first ≤ s < end; the least and largest change."""
    low, high = np.inf, -np.inf
    for s in range(first, end):
        total = 0.0
        for entry in range(np.uint64(begins[s]), np.uint64(ends[s])):
            total += probability[entry] * value[successor[entry]]
        evaluated[s] = reward[s] + discount * total
        change = evaluated[s] - value[s]
        low, high = min(low, change), max(high, change)
    return low, high


@njit(
    void(*OPERATOR, float64[::1], float64[::1], *[constant(int64), constant(int64), constant(float64)], int64, float64),
    nogil=True,
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
                heapq.heappush(queue, (-raised, before[i]))
