"""Policies π(a|S) [actions, runs] of a table, as probabilities, and actions drawn from them."""

import numpy as np
from numba import float64, int64, njit, types, void

from rlnotes.agents.tabular.base.signature import NUMBERS, REALS, TABLE

SHARES = float64[:, ::1]


def softmax(q: np.ndarray, state: np.ndarray, temperature: float, share: np.ndarray) -> None:
    """π(a|S) = exp(Q(S, a) / τ) / Σ_b exp(Q(S, b) / τ) in every run; Q = −∞ is not available."""
    exponents(q, state, 1 / temperature, share)
    np.exp(share, out=share)  # NumPy's is several times faster than a compiled loop's
    normalise(share)


@njit(void(TABLE, NUMBERS, float64, SHARES), cache=True)
def exponents(q, state, scale, share):  # type: ignore[no-untyped-def]
    """(Q(S, a) − max_b Q(S, b)) times the scale in every run."""
    actions, runs = share.shape
    largest = np.full(runs, -np.inf)
    for a in range(actions):  # over all runs at once, here and below
        for run in range(runs):
            share[a, run] = q[run, np.uint64(state[run]), a]
    for a in range(actions):
        for run in range(runs):
            largest[run] = max(largest[run], share[a, run])
    for a in range(actions):
        for run in range(runs):
            share[a, run] = (share[a, run] - largest[run]) * scale


@njit(void(SHARES), error_model="numpy", cache=True)
def normalise(share):  # type: ignore[no-untyped-def]
    """Scale what each run has to the sum 1."""
    actions, runs = share.shape
    total = np.zeros(runs)
    for a in range(actions):
        for run in range(runs):
            total[run] += share[a, run]
    for a in range(actions):
        for run in range(runs):
            share[a, run] /= total[run]


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
            share[a, run] = value
            ties = 1 if value > largest else ties + (value == largest)
            largest = max(largest, value)
        for a in range(actions):
            share[a, run] = (share[a, run] == largest) / ties


@njit(void(SHARES, NUMBERS, REALS, int64[::1], NUMBERS), cache=True)
def draw(share, column, uniform, action, runs):  # type: ignore[no-untyped-def]
    """A ~ π(a|S), which is the `column` of the run, by one uniform number, in the `runs` named."""
    for run in runs:
        c, total, chosen, last = np.uint64(column[run]), 0.0, 0, 0
        for a in range(share.shape[0]):
            total += share[a, c]
            chosen += uniform[run] >= total
            last = a if share[a, c] > 0 else last
        action[run] = min(chosen, last)  # where rounding leaves a total below 1
