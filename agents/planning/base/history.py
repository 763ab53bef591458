"""The course of planning, round by round."""

import time

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.base.record import Record

ROOM = 2**24
"""numbers of past values that are stored to measure their errors"""
SMALL = 2_000
"""states up to which the errors of past values are exact"""


class History:
    """Stores sweeps, seconds, residual and value of every round.

    `began` is the time when planning began.
    """

    def __init__(self, began: float) -> None:
        self.began = began
        self.rounds: list[tuple[int, float, float]] = []
        self.values: list[np.ndarray] = []

    def add(self, now: Iterate) -> None:
        """Store a round, after its `backup`."""
        low, high = now.span
        self.add_residual(now.sweeps, (high - low) / 2)
        if (len(self.values) + 1) * now.model.states <= ROOM:
            self.values.append(now.value[:-1].copy())

    def add_residual(self, sweeps: int, residual: float) -> None:
        """Store a round without its value."""
        self.rounds.append((sweeps, time.perf_counter() - self.began, residual))

    def record(self, best: np.ndarray, absorbs: bool = False) -> Record:
        """The `history` of a plan; errors are differences to `best`, a value near the optimum [states].

        If the model `absorbs`, the 0 of the absorbing state is among the differences.
        """
        sweep, clock, residual = map(np.array, zip(*self.rounds, strict=True))
        error = np.full(len(residual), np.nan)
        absorbing = [0.0] * absorbs
        gaps = (value - best for value in self.values)
        error[: len(self.values)] = [np.ptp([gap.min(), gap.max(), *absorbing]) / 2 for gap in gaps]
        return Record(at_sweep=sweep, clock=clock, residual=residual, error=error)


def value_of_greedy_policy(now: Iterate, value: np.ndarray) -> np.ndarray:
    """V_π of the greedy policy, which measures errors better than `value`; `value` if the model is large."""
    if now.model.states > SMALL:
        return value
    own = now.model.evaluate(now.policy)
    return own if np.isfinite(own).all() else value  # it is infinite if the policy never ends
