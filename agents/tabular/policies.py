"""Policies π(a|S) [runs, actions] of a table, as probabilities, and actions drawn from them."""

import numpy as np
from numba import float64, njit, types, uint64, void

from rlnotes.agents.tabular.signature import NUMBERS, REALS, TABLE

SHARES = float64[:, ::1]


def softmax(q: np.ndarray, state: np.ndarray, temperature: float, share: np.ndarray) -> None:
    """π(a|S) = exp(Q(S, a) / τ) / Σ_b exp(Q(S, b) / τ) in every run; Q = −∞ is not available."""
    exponents(q, state, temperature, share)
    np.exp(share, out=share)  # NumPy's is several times faster than a compiled loop's
    normalise(share)


@njit(void(TABLE, NUMBERS, float64, SHARES), cache=True)
def exponents(q, state, temperature, share):  # type: ignore[no-untyped-def]
    """(Q(S, a) − max_b Q(S, b)) / τ in every run."""
    actions = q.shape[2]
    for run in range(len(state)):
        largest = -np.inf
        for a in range(actions):
            largest = max(largest, q[run, state[run], a])
        for a in range(actions):
            share[run, a] = (q[run, state[run], a] - largest) / temperature


@njit(void(SHARES), cache=True)
def normalise(share):  # type: ignore[no-untyped-def]
    """Scale what each run has to the sum 1."""
    for run in range(len(share)):
        total = 0.0
        for a in range(share.shape[1]):
            total += share[run, a]
        for a in range(share.shape[1]):
            share[run, a] /= total


@njit(void(TABLE, types.Array(types.int32, 3, "C"), NUMBERS, float64, SHARES), cache=True)
def upper_confidence(q, visits, state, bonus, share):  # type: ignore[no-untyped-def]
    """π(a|S) alike for all that have the largest Q(S, a) + c √(log N(S) / N(S, a)), c the bonus; untried ones first."""
    actions = q.shape[2]
    for run in range(len(state)):
        total = 0
        for a in range(actions):
            total += visits[run, state[run], a]
        largest, ties = -np.inf, 0
        for a in range(actions):
            value, tried = q[run, state[run], a], visits[run, state[run], a]
            if value > -np.inf:
                value = value + bonus * np.sqrt(np.log(total) / tried) if tried else np.inf
            share[run, a] = value
            ties = 1 if value > largest else ties + (value == largest)
            largest = max(largest, value)
        for a in range(actions):
            share[run, a] = (share[run, a] == largest) / ties


@njit(void(SHARES, REALS, uint64[::1], NUMBERS), cache=True)
def draw(share, uniform, action, runs):  # type: ignore[no-untyped-def]
    """A ~ π(a|S) by one uniform number, in the `runs` named."""
    for run in runs:
        left = uniform[run]
        for a in range(share.shape[1]):
            if share[run, a] > 0:
                action[run] = a
                if left < share[run, a]:
                    break
                left -= share[run, a]
