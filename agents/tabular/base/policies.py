"""Probabilities π(a|S) [actions, runs] of policies of a table, and actions drawn from them."""

import numpy as np

from rlnotes.base.kernels import (
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    Int32Cube,
    IntVector,
    kernel,
)


def softmax(q: np.ndarray, state: np.ndarray, temperature: float, probability: np.ndarray) -> None:
    """π(a|S) = exp(Q(S, a) / τ) / Σ_b exp(Q(S, b) / τ) in every run; Q = −∞ means not available."""
    exponents(q, state, 1 / temperature, probability)
    np.exp(probability, out=probability)  # NumPy's is several times faster than a compiled loop's
    normalise(probability)


@kernel()
def exponents(q: FloatCube, state: ConstIntVector, scale: float, exponent: FloatMatrix) -> None:
    """exponent ← (Q(S, a) − max_b Q(S, b)) · scale in every run."""
    actions, runs = exponent.shape
    largest = np.full(runs, -np.inf)
    for a in range(actions):  # the inner loops go over all runs at once
        for run in range(runs):
            exponent[a, run] = q[run, np.uint64(state[run]), a]
    for a in range(actions):
        for run in range(runs):
            largest[run] = max(largest[run], exponent[a, run])
    for a in range(actions):
        for run in range(runs):
            exponent[a, run] = (exponent[a, run] - largest[run]) * scale


@kernel(error_model="numpy")
def normalise(weight: FloatMatrix) -> None:
    """Scale the weights of each run to the sum 1."""
    actions, runs = weight.shape
    total = np.zeros(runs)
    for a in range(actions):
        for run in range(runs):
            total[run] += weight[a, run]
    for a in range(actions):
        for run in range(runs):
            weight[a, run] /= total[run]


@kernel()
def upper_confidence(
    q: FloatCube, visits: Int32Cube, state: ConstIntVector, bonus: float, probability: FloatMatrix
) -> None:
    """π(a|S), equal for all actions with the largest Q(S, a) + c √(log N(S) / N(S, a)), where c is the bonus.

    Actions that were never tried come first.
    """
    actions = q.shape[2]
    for run in range(len(state)):
        total = 0
        for a in range(actions):
            total += visits[run, state[run], a]
        largest, ties = -np.inf, 0
        for a in range(actions):
            index, tried = q[run, state[run], a], visits[run, state[run], a]
            if index > -np.inf:
                index = index + bonus * np.sqrt(np.log(total) / tried) if tried else np.inf
            probability[a, run] = index
            ties = 1 if index > largest else ties + (index == largest)
            largest = max(largest, index)
        for a in range(actions):
            probability[a, run] = (probability[a, run] == largest) / ties


@kernel()
def draw(
    probability: FloatMatrix,
    column: ConstIntVector,
    uniform: ConstFloatVector,
    action: IntVector,
    runs: ConstIntVector,
) -> None:
    """A ~ π(a|S) by one uniform number, in the given `runs`; `column` says where each run has its probabilities."""
    for run in runs:
        c, total, chosen, last = np.uint64(column[run]), 0.0, 0, 0
        for a in range(probability.shape[0]):
            total += probability[a, c]
            chosen += uniform[run] >= total
            last = a if probability[a, c] > 0 else last
        action[run] = min(chosen, last)  # rounding may leave a total below 1
