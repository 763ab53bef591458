"""What many policies of one model are worth from its start."""

import numpy as np
from numba import boolean, float64, int64, njit, types, void

from rlnotes.envs.mdps.base.bellman import OPERATOR, constant
from rlnotes.envs.mdps.base.model import Model

TOLERANCE = 1e-9
"""error of a value, where that of rounding is not larger"""
SWEEPS = 1_000
"""sweeps after which what never ends is taken to gain or to lose for ever, and equations are solved directly"""
DIRECT = 500
"""states up to which they are"""


def start_values(model: Model, policies: np.ndarray) -> np.ndarray:
    """Σ_s start(s) V_π(s) [policies] of policies π(s) [policies, states]; ±∞ where γ = 1 and π goes on for ever."""
    return start_value(*model.operator, model.start, np.ascontiguousarray(policies, np.int64))


@njit(void(*OPERATOR, constant(int64), int64[::1], float64[::1]), cache=True)
def eliminate(offsets, successor, probability, reward, discount, policy, members, value):  # type: ignore[no-untyped-def]
    """V_π of a few states, by Gaussian elimination, which needs no pivots: I − γ P is diagonally dominant."""
    n, actions = len(members), reward.shape[1]
    matrix, right, place = np.eye(n), np.empty(n), np.full(len(value), -1)
    place[members] = np.arange(n)
    for k in range(n):
        s = members[k]
        row, right[k] = np.uint64(s * actions + policy[s]), reward[s, policy[s]]
        for i in range(offsets[row], offsets[row + np.uint64(1)]):
            if place[successor[i]] >= 0:
                matrix[k, place[successor[i]]] -= discount * probability[i]
            else:
                right[k] += discount * probability[i] * value[successor[i]]
    for k in range(n):
        for j in range(k + 1, n):
            factor = matrix[j, k] / matrix[k, k]
            if factor != 0:
                matrix[j, k:] -= factor * matrix[k, k:]
                right[j] -= factor * right[k]
    for k in range(n - 1, -1, -1):
        right[k] = (right[k] - matrix[k, k + 1 :] @ right[k + 1 :]) / matrix[k, k]
    value[members] = right


@njit(void(*OPERATOR, constant(int64), int64[::1], boolean[::1], float64[::1]), cache=True)
def settle(offsets, successor, probability, reward, discount, policy, members, stacked, value):  # type: ignore[no-untyped-def]
    """V_π of states that all lead to one another, by sweeps in place; what else they lead to is not `stacked`."""
    actions = reward.shape[1]
    leaves, largest_reward = False, 0.0
    for s in members:
        row = np.uint64(s * actions + policy[s])
        for i in range(offsets[row], offsets[row + np.uint64(1)]):
            leaves |= not stacked[successor[i]]
        largest_reward = max(largest_reward, abs(reward[s, policy[s]]))
    endless = discount == 1 and not leaves
    if endless and len(members) == 1:
        value[members] = np.sign(reward[members[0], policy[members[0]]]) * np.inf if largest_reward > 0 else 0.0
        return
    accuracy = TOLERANCE * (1 - discount) if discount < 1 else TOLERANCE / 100
    change, largest, sweeps, before = np.inf, 0.0, 0, value[members].sum()
    while change > max(accuracy, 1e-15 * largest):
        change = largest = 0.0
        sweeps += 1
        if endless and sweeps == SWEEPS:
            value[members] = np.sign(value[members].sum() - before) * np.inf
            return
        if sweeps == SWEEPS and len(members) <= DIRECT:
            eliminate(offsets, successor, probability, reward, discount, policy, members, value)
            return
        for s in members[::-1]:
            row, expected, stays = np.uint64(s * actions + policy[s]), 0.0, 0.0
            for i in range(offsets[row], offsets[row + np.uint64(1)]):
                if successor[i] == s:
                    stays += probability[i]
                else:
                    expected += probability[i] * value[successor[i]]
            new = (reward[s, policy[s]] + discount * expected) / (1 - discount * stays)
            if new != value[s]:
                change = max(change, abs(new - value[s]))
            value[s] = new
            largest = max(largest, abs(new))


@njit(float64[::1](*OPERATOR, constant(float64), types.Array(int64, 2, "C", readonly=True)), cache=True)
def start_value(offsets, successor, probability, reward, discount, start, policies):  # type: ignore[no-untyped-def]
    """Settle the strongly connected components of the states that a policy comes to, those that are led to first.

    Source: Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1 (1972).
    """
    states, actions = reward.shape
    values, nothing = np.zeros(len(policies)), -1
    entry, index, low = np.empty(states, np.int64), np.empty(states, np.int64), np.empty(states, np.int64)
    path, stack, stacked = np.empty(states, np.int64), np.empty(states, np.int64), np.zeros(states + 1, np.bool_)
    for number in range(len(policies)):
        policy, value = policies[number], np.zeros(states + 1)
        index[:], clock, height = nothing, 0, 0
        for first in np.flatnonzero(start):
            depth, comes = (0, first) if index[first] == nothing else (-1, nothing)
            while depth >= 0:
                if comes != nothing:
                    path[depth], stack[height], stacked[comes] = comes, comes, True
                    index[comes] = low[comes] = clock
                    entry[comes] = offsets[np.uint64(comes * actions + policy[comes])]
                    clock, height, comes = clock + 1, height + 1, nothing
                s = path[depth]
                if entry[s] < offsets[np.uint64(s * actions + policy[s] + 1)]:
                    following = successor[entry[s]]
                    entry[s] += 1
                    if following == states:
                        continue
                    if index[following] == nothing:
                        depth, comes = depth + 1, following
                    elif stacked[following]:
                        low[s] = min(low[s], index[following])
                    continue
                if low[s] == index[s]:
                    bottom = height - 1
                    while stack[bottom] != s:
                        bottom -= 1
                    members = stack[bottom:height]
                    settle(offsets, successor, probability, reward, discount, policy, members, stacked, value)
                    stacked[members] = False
                    height = bottom
                depth -= 1
                if depth >= 0:
                    low[path[depth]] = min(low[path[depth]], low[s])
            values[number] += start[first] * value[first]
    return values
