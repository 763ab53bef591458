"""Draws of an arm from the softmax of preferences, per run."""

import numpy as np

from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel


@kernel()
def draw(preference: FloatMatrix, uniform: FloatVector, probability: FloatMatrix) -> IntVector:
    """Fill `probability` [arms, runs] with the softmax of `preference`, and draw an arm from it, per run [runs].

    The arm is the first one whose cumulative probability exceeds `uniform`. It is found without a branch: `chosen`
    advances by one arm as long as the remainder is not below the arm's weight, and rounding never takes it beyond the
    last arm.
    """
    arms, runs = preference.shape
    highest, total = np.full(runs, -np.inf), np.zeros(runs)
    for arm in range(arms):
        for run in range(runs):
            highest[run] = max(highest[run], preference[arm, run])
    for arm in range(arms):
        for run in range(runs):
            probability[arm, run] = np.exp(preference[arm, run] - highest[run])
            total[run] += probability[arm, run]
    chosen, remainder = np.zeros(runs, np.int64), uniform * total
    for arm in range(arms):
        for run in range(runs):
            chosen[run] += (remainder[run] >= probability[arm, run]) & (chosen[run] == arm) & (arm < arms - 1)
            remainder[run] -= probability[arm, run]
            probability[arm, run] /= total[run]
    return chosen
