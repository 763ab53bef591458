"""Draws of an arm from the softmax of preferences, per run."""

import numpy as np

from rlnotes.base.elementary import exp
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel


def draw(preference: np.ndarray, factor: float, uniform: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Fill `probability` [arms, runs] with the softmax of factor · preference, and draw an arm from it, per run [runs].

    The arm is the first one whose cumulative probability exceeds the `uniform` number [runs].
    """
    lower(preference, factor, probability)
    exp(probability, in_place=True)
    return choose(uniform, probability)


@kernel()
def lower(preference: FloatMatrix, factor: float, lowered: FloatMatrix) -> None:
    """lowered ← factor · preference, less the largest of the run."""
    arms, runs = preference.shape
    highest = np.full(runs, -np.inf)
    for arm in range(arms):
        for run in range(runs):
            lowered[arm, run] = factor * preference[arm, run]
            highest[run] = max(highest[run], lowered[arm, run])
    for arm in range(arms):
        for run in range(runs):
            lowered[arm, run] -= highest[run]


@kernel()
def choose(uniform: FloatVector, weight: FloatMatrix) -> IntVector:
    """Divide the weights of each run by their total, and draw an arm by them, per run.

    The arm is found without a branch: `chosen` advances by one arm as long as the remainder is not below the arm's
    weight, and rounding never takes it beyond the last arm.
    """
    arms, runs = weight.shape
    total = np.zeros(runs)
    for arm in range(arms):
        for run in range(runs):
            total[run] += weight[arm, run]
    chosen, remainder = np.zeros(runs, np.int64), uniform * total
    for arm in range(arms):
        for run in range(runs):
            chosen[run] += (remainder[run] >= weight[arm, run]) & (chosen[run] == arm) & (arm < arms - 1)
            remainder[run] -= weight[arm, run]
            weight[arm, run] /= total[run]
    return chosen
