"""The values of many policies of one model, at its start."""

import numpy as np

from rlnotes.base.kernels import (
    BoolVector,
    ConstFloatMatrix,
    ConstFloatVector,
    ConstIntMatrix,
    ConstIntVector,
    ConstUint32Vector,
    ConstUintVector,
    FloatVector,
    IntMatrix,
    IntVector,
    kernel,
)
from rlnotes.envs.mdps.base.model import Model

TOLERANCE = 1e-9
"""bound on the error of a value, unless rounding is larger"""
SWEEPS = 1_000
"""sweeps after which the equations of a component are solved directly; those of a large one by `Model.evaluate`"""
DIRECT = 500
"""largest number of states of a component that is solved directly"""
NEW = -1
"""index of a state that was not visited yet"""


def start_values(model: Model, policies: np.ndarray) -> np.ndarray:
    """Σ_s start(s) V_π(s) [policies] of policies π(s) [policies, states]; not finite where `Model.evaluate` says so."""
    operator = *model.operator[:3], model.paid_reward, model.discount
    values = start_value(*operator, model.start, np.ascontiguousarray(policies, np.int64))
    for number in np.flatnonzero(np.isnan(values)):
        values[number] = model.at_start(model.evaluate(policies[number]))
    return values


@kernel()
def eliminate(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    policy: ConstIntVector,
    members: IntVector,
    value: FloatVector,
) -> None:
    """V_π of a few states by Gaussian elimination without subtractions, exact also where π hardly ever leaves them.

    `leaves` is the probability, discount included, to leave the states that are not eliminated yet. A pivot is the sum
    of it and of the other entries of its row.
    Source: Grassmann, Taksar & Heyman, Operations Research 33 (1985).
    """
    n, actions = len(members), reward.shape[1]
    matrix, right, leaves, place = np.zeros((n, n)), np.empty(n), np.full(n, 1 - discount), np.full(len(value), -1)
    pivot = np.empty(n)
    place[members] = np.arange(n)
    for k in range(n):
        s = members[k]
        row, right[k] = np.uint64(s * actions + policy[s]), reward[s, policy[s]]
        for i in range(offsets[row], offsets[row + np.uint64(1)]):
            chance = discount * probability[i]
            if place[successor[i]] >= 0:
                matrix[k, place[successor[i]]] += chance
            else:
                leaves[k] += chance
                right[k] += chance * value[successor[i]]
    for k in range(n):
        pivot[k] = leaves[k] + matrix[k, k + 1 :].sum()
        for j in range(k + 1, n):
            factor = matrix[j, k] / pivot[k]
            if factor != 0:
                matrix[j, k + 1 :] += factor * matrix[k, k + 1 :]
                leaves[j] += factor * leaves[k]
                right[j] += factor * right[k]
    for k in range(n - 1, -1, -1):
        right[k] = (right[k] + matrix[k, k + 1 :] @ right[k + 1 :]) / pivot[k]
    value[members] = right


@kernel()
def evaluate_component(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    policy: ConstIntVector,
    members: IntVector,
    stacked: BoolVector,
    value: FloatVector,
) -> None:
    """V_π of the states of one strongly connected component, by sweeps in place.

    All other states that they lead to have their values already and are not `stacked`. The value is NaN if π never
    leaves the component, γ = 1, and some rewards are above 0 and others below, or if a large component needs too many
    sweeps.
    """
    actions = reward.shape[1]
    leaves, gains, loses = False, False, False
    for s in members:
        row = np.uint64(s * actions + policy[s])
        for i in range(offsets[row], offsets[row + np.uint64(1)]):
            leaves |= not stacked[successor[i]]
        gains |= reward[s, policy[s]] > 0
        loses |= reward[s, policy[s]] < 0
    if discount == 1 and not leaves:
        value[members] = np.nan if gains and loses else np.inf if gains else -np.inf if loses else 0.0
        return
    accuracy = TOLERANCE * (1 - discount) if discount < 1 else TOLERANCE / 100
    change, largest, sweeps = np.inf, 0.0, 0
    while change > max(accuracy, 1e-15 * largest):
        change = largest = 0.0
        sweeps += 1
        if sweeps == SWEEPS:
            if len(members) <= DIRECT:
                eliminate(offsets, successor, probability, reward, discount, policy, members, value)
            else:
                value[members] = np.nan
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


@kernel()
def evaluate_from(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    policy: ConstIntVector,
    root: int,
    search: IntMatrix,
    stacked: BoolVector,
    value: FloatVector,
) -> None:
    """V_π of all states that π reaches from `root`, component by component, successors first.

    `search` [5, states] has the index of every visited state; its other rows are scratch space.
    Source: Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1 (1972).
    """
    states, actions = reward.shape
    index, low, entry, path, stack = search[0], search[1], search[2], search[3], search[4]
    clock = height = depth = 0
    entered = root  # the state that the search enters, or NEW
    while depth >= 0:
        if entered != NEW:
            path[depth], stack[height], stacked[entered] = entered, entered, True
            index[entered] = low[entered] = clock
            entry[entered] = offsets[np.uint64(entered * actions + policy[entered])]
            clock, height, entered = clock + 1, height + 1, NEW
        s = path[depth]
        if entry[s] < offsets[np.uint64(s * actions + policy[s] + 1)]:  # follow the next entry of s
            following = successor[entry[s]]
            entry[s] += 1
            if following == states:
                continue
            if index[following] == NEW:
                depth, entered = depth + 1, following
            elif stacked[following]:
                low[s] = min(low[s], index[following])
            continue
        if low[s] == index[s]:  # s is the first state of its component
            bottom = height - 1
            while stack[bottom] != s:
                bottom -= 1
            members = stack[bottom:height]
            evaluate_component(offsets, successor, probability, reward, discount, policy, members, stacked, value)
            stacked[members] = False
            height = bottom
        depth -= 1
        if depth >= 0:
            low[path[depth]] = min(low[path[depth]], low[s])


@kernel()
def start_value(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    start: ConstFloatVector,
    policies: ConstIntMatrix,
) -> FloatVector:
    """Σ_s start(s) V_π(s) [policies]; only states that a policy reaches are evaluated."""
    states = len(reward)
    values, search, stacked = np.zeros(len(policies)), np.empty((5, states), np.int64), np.zeros(states + 1, np.bool_)
    for number in range(len(policies)):
        policy, value = policies[number], np.zeros(states + 1)
        search[0] = NEW
        for s in np.flatnonzero(start):
            if search[0, s] == NEW:
                evaluate_from(offsets, successor, probability, reward, discount, policy, int(s), search, stacked, value)
            values[number] += start[s] * value[s]
    return values
