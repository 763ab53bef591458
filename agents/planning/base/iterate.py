"""The value that a planner improves, with its backup, its greedy policy and its error bound."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np

from rlnotes.agents.planning.base.sweeps import LANES
from rlnotes.agents.planning.base.total_reward import durations
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.mdps.base import bellman
from rlnotes.envs.mdps.base.model import Model

PARALLEL = 100_000
"""states from which a sweep is shared among the processor's cores"""
KEPT = 2**24
"""numbers of past values that are kept to tell their errors"""
SMALL = 2_000
"""states up to which the errors of past values are told exactly"""
UNIT = np.finfo(float).eps / 2
"""relative error of an operation in floating point"""


class Iterate:
    """V, T V and the greedy policy. `value` [states + 1] ends with the absorbing state, whose value is 0."""

    def __init__(
        self,
        model: Model,
        value: np.ndarray | float = 0.0,
        policy: np.ndarray | None = None,
        discount: float | None = None,
    ) -> None:
        self.discount = model.discount if discount is None else discount
        self.operator = *model.operator[:4], self.discount
        self.model, self.value = model, np.append(np.broadcast_to(value, model.states), 0.0)
        self.policy = np.full(model.states, -1, np.int32) if policy is None else np.array(policy, np.int32)
        self.backed_up = np.empty(model.states)
        self.workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.sweeps, self.kept = 0, []  # type: ignore[var-annotated]
        self.changed = {False: np.inf, True: np.inf}  # largest change of V by the last sweep in place, by `forward`
        self.rounds: list[tuple[int, float, float]] = []
        self.needed = np.inf  # residual at which it is worth to ask for a bound, where γ = 1
        self.began = time.perf_counter()

    @classmethod
    def below(cls, model: Model, ending: np.ndarray | None) -> Self:
        """V₀ ≤ T V₀ ≤ V*, from which V only grows: the least reward for ever, or where γ = 1 the value of `ending`."""
        if ending is not None:
            return cls(model, model.evaluate(ending), ending)
        least = model.least_reward / (1 - model.discount)
        return cls(model, min(least, 0.0) if model.ends else least)

    def backup(self) -> None:
        """backed_up ← T V and policy ← greedy; `low` and `high` become the least and the largest of T V − V."""
        arguments = *self.operator, self.value, self.backed_up, self.policy
        self.low, self.high = self.sweep(lambda first, end: bellman.backup(*arguments, first, end))
        low, high = self.span
        self.rounds.append((self.sweeps, time.perf_counter() - self.began, (high - low) / 2))
        if (len(self.kept) + 1) * self.model.states <= KEPT:
            self.kept.append(self.value[:-1].copy())

    def sweep(self, part: Callable[[int, int], tuple[float, float]]) -> tuple[float, float]:
        """Do part(first, end) for all states, in parallel where they are many; the least and largest of its results."""
        self.sweeps += 1
        states = self.model.states
        if states < PARALLEL or self.workers == 1:
            return part(0, states)
        ends = [states * i // (4 * self.workers) // LANES * LANES for i in range(4 * self.workers)] + [states]
        with ThreadPoolExecutor(self.workers) as pool:
            low, high = zip(*pool.map(part, ends[:-1], ends[1:]), strict=True)
        return min(low), max(high)

    def sweep_in_place(self, sweep: Callable[[bool], tuple[float, float]]) -> tuple[float, float]:
        """Do sweep(forward), forwards or backwards: the way that changed V the more when it was last tried."""
        self.sweeps += 1
        forward = self.changed[True] > self.changed[False]
        low, high = sweep(forward)
        self.changed[forward] = max(-low, high)
        return low, high

    @property
    def residual(self) -> float:
        """max_s |(T V)(s) − V(s)|"""
        return max(abs(self.low), abs(self.high))

    @property
    def span(self) -> tuple[float, float]:
        """The least and the largest of T V − V, of which the absorbing state's is 0 where episodes end."""
        return (min(self.low, 0.0), max(self.high, 0.0)) if self.model.ends else (self.low, self.high)

    def rounding(self, *values: np.ndarray) -> float:
        """How far a backup of V or `values` may be off: (longest row + 3) u (max |r| + γ max |V|), with u = `UNIT`."""
        largest = max(max(value.max(), -value.min()) for value in (self.value, *values))
        return float((self.model.longest_row + 3) * UNIT * (self.model.largest_reward + self.discount * largest))

    def certified(self, tolerance: float) -> tuple[np.ndarray, float]:
        """A value [states] near the best, and a bound of its error that is proved; ∞ where it is above the tolerance.

        γ < 1: with l and h the least and the largest of T V − V, and 0 among them where episodes end,
            T V + γ/(1−γ) l ≤ V* ≤ T V + γ/(1−γ) h;
        the value is the middle. Source: Puterman, Markov Decision Processes, Proposition 6.6.3; the absorbing state,
        whose value is 0, does not change. γ = 1: see `undiscounted`.
        """
        gamma = self.discount
        if gamma == 1:
            return self.undiscounted(tolerance)
        low, high = self.span
        bound = gamma / (1 - gamma) * (high - low) / 2
        if bound > tolerance:
            return self.backed_up, np.inf
        value = self.backed_up + gamma / (1 - gamma) * (low + high) / 2
        return value, bound + 2 * self.rounding(value) / (1 - gamma)

    def undiscounted(self, tolerance: float) -> tuple[np.ndarray, float]:
        """The same where γ = 1: V ± η w, where w(s) > 0 is such that T(V − η w) ≥ V − η w and T(V + η w) ≤ V + η w.

        Then V − η w ≤ V* ≤ V + η w, since T is monotone and V* its only fixed point (Bertsekas & Tsitsiklis 1991).
        Such a w is the expected time to the end under the slowest of the actions that are nearly the best.
        """
        value = self.value[:-1]
        rounding = 2 * self.rounding()
        eta = 4 * (self.residual + rounding)
        if not self.residual <= max(min(self.needed, tolerance), rounding):
            return value, np.inf
        w = durations(self.model, value, eta, rounding, self.policy)
        if w is None:
            self.needed = self.residual / 10
            return value, np.inf
        self.needed = tolerance / (8 * w.max())
        bound = float(eta * w.max())
        sure = 2 * self.rounding(np.array([np.abs(value).max() + bound])) <= 2 * rounding  # as far as V ± η w reaches
        return value, bound if sure else np.inf

    @property
    def exhausted(self) -> bool:
        """Whether V is as good as arithmetic gets."""
        return self.residual <= self.rounding()

    def exact(self, value: np.ndarray) -> np.ndarray:
        """V of the greedy policy, which of a small model tells the errors better than a V that is near the best."""
        if self.model.states > SMALL:
            return value
        try:
            return self.model.evaluate(self.policy)
        except SettingError:  # it does not end
            return value

    def history(self, value: np.ndarray) -> Record:
        """The `history` of a plan, with errors as this value tells them."""
        sweep, clock, residual = map(np.array, zip(*self.rounds, strict=True))
        error = np.full(len(residual), np.nan)
        nothing = [0.0] * self.model.ends
        error[: len(self.kept)] = [np.ptp(np.append(kept - value, nothing)) / 2 for kept in self.kept]
        return Record(at_sweep=sweep, clock=clock, residual=residual, error=error)
