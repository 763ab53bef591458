"""What many policies of one model are worth from its start."""

import numpy as np
from numba import float64, int64, njit, types

from rlnotes.envs.mdps.model import Model
from rlnotes.envs.mdps.rows import OPERATOR, constant

TOLERANCE = 1e-9
"""error of a value, where that of rounding is not larger"""
ENDLESS = 1_000
"""sweeps after which a value that no end bounds is taken to be infinite"""


def start_values(model: Model, policies: np.ndarray) -> np.ndarray:
    """Σ_s start(s) V_π(s) [policies] of policies π(s) [policies, states]; −∞ or ∞ where γ = 1 and it does not end."""
    return start_value(*model.operator, model.start, np.ascontiguousarray(policies, np.int64))


@njit(float64[::1](*OPERATOR, constant(float64), types.Array(int64, 2, "C", readonly=True)), cache=True)
def start_value(offsets, successor, probability, reward, discount, start, policies):  # type: ignore[no-untyped-def]
    """Gauss–Seidel sweeps over the states that a policy comes to, those that it comes to last going first."""
    states, actions = reward.shape
    values = np.zeros(len(policies))
    for number in range(len(policies)):
        policy = policies[number]
        value, ends = np.zeros(states + 1), np.zeros(states + 1, np.bool_)
        reached, order, count = np.zeros(states + 1, np.bool_), np.empty(states, np.int64), 0
        reached[states] = ends[states] = True
        for s in range(states):
            if start[s] > 0:
                reached[s], order[count] = True, s
                count += 1
        looked = 0
        while looked < count:
            row = np.uint64(order[looked] * actions + policy[order[looked]])
            for i in range(offsets[row], offsets[row + np.uint64(1)]):
                if not reached[successor[i]]:
                    reached[successor[i]], order[count] = True, successor[i]
                    count += 1
            looked += 1
        news = True
        while news:
            news = False
            for k in range(count - 1, -1, -1):
                s = order[k]
                row = np.uint64(s * actions + policy[s])
                for i in range(offsets[row], offsets[row + np.uint64(1)]):
                    if ends[successor[i]] and not ends[s]:
                        ends[s] = news = True
        bounded = discount < 1 or ends[order[:count]].all()
        accuracy = TOLERANCE * (1 - discount) if discount < 1 else TOLERANCE / 100
        sweeps = 0
        while True:
            change, largest = 0.0, 0.0
            for k in range(count - 1, -1, -1):
                s = order[k]
                row, total = np.uint64(s * actions + policy[s]), 0.0
                for i in range(offsets[row], offsets[row + np.uint64(1)]):
                    total += probability[i] * value[successor[i]]
                new = reward[s, policy[s]] + discount * total
                if abs(new - value[s]) > abs(change):
                    change = new - value[s]
                value[s] = new
                largest = max(largest, abs(new))
            sweeps += 1
            if abs(change) <= max(accuracy, 1e-15 * largest):
                break
            if not bounded and sweeps == ENDLESS:
                value[order[:count]] = np.copysign(np.inf, change)
                break
        for k in range(count):
            if start[order[k]] > 0:
                values[number] += start[order[k]] * value[order[k]]
    return values
