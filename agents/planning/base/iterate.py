"""The value that a planner improves, with its backup and its greedy policy."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Self, TypeVar

import numpy as np

from rlnotes.agents.planning.base.sweeps import LANES, change, evaluate, gauss_seidel, steps_in_place
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base import bellman
from rlnotes.envs.mdps.base.model import Model, Operator
from rlnotes.envs.mdps.base.transition_table import UNIT

Result = TypeVar("Result")

FEW = 0.9
"""share of leading actions from which evaluating the policy first saves time"""
PARALLEL = 100_000
"""states from which the cores of the processor share a sweep"""


class Iterate:
    """V, T V and the greedy policy, where T is the optimality operator [notes 2.4].

    `value` V [states + 1]; the last entry is the absorbing state, whose value is 0
    `backed_up` T V [states] and `policy` its greedy policy [states], as of the last `backup`
    `low`, `high` the least and the largest of T V − V, as of the last `backup`
    `sweeps` the number of passes over all states
    `rows` the first arguments of `evaluate` for the greedy policy; None if there is no copy of its rows
    `lead` how much better the greedy action is than any other [states], `seen` V without the absorbing state, and
        `error` the rounding error, as of the last `backup`

    T is that of the model, or of another `operator`, such as the `full_operator` of the model.
    """

    def __init__(
        self,
        model: Model,
        value: np.ndarray | float = 0.0,
        policy: np.ndarray | None = None,
        operator: Operator | None = None,
    ) -> None:
        self.absorbs = model.absorbs and operator is None
        self.operator = operator or model.operator
        self.discount = self.operator[-1]
        self.model, self.value = model, np.append(np.broadcast_to(value, model.states), 0.0)
        self.policy = np.full(model.states, -1, np.int32) if policy is None else np.array(policy, np.int32)
        self.backed_up = np.empty(model.states)
        self.lead, self.seen, self.error = np.zeros(model.states), np.zeros(model.states), 0.0
        self.workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.sweeps = 0
        self.rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float] | None = None
        self.changed = {False: np.inf, True: np.inf}  # largest change of V by the last sweep in place, by `forward`

    @classmethod
    def below(cls, model: Model, ending: np.ndarray | None) -> Self:
        """An iterate with V₀ ≤ T V₀ ≤ V*, so that V only grows.

        V₀ is the least reward for ever. If γ = 1 it is the value of `ending`, a policy that ends.
        """
        if ending is not None:
            return cls(model, model.evaluate(ending), ending)
        return cls(model, value_range(model)[0])

    @classmethod
    def lowered(cls, model: Model, guess: np.ndarray) -> Self:
        """An iterate with V₀ ≤ T V₀, a guess less a constant; γ < 1.

        Raises `SettingError` if a guess is not finite.
        """
        if not np.isfinite(guess).all():
            raise SettingError("guess", guess[~np.isfinite(guess)][0], "must be finite numbers")
        falls = float((guess - model.backup(guess)).max())
        return cls(model, guess - max(falls, 0.0) / (1 - model.discount))

    def settle(self) -> None:
        """V(s) ← V*(s) = max_a r(s, a) / (1 − γ) in steady states; γ < 1."""
        steady = self.model.steady
        self.value[:-1][steady] = self.model.expected_reward[steady].max(axis=1) / (1 - self.discount)

    def backup(self) -> None:
        """Compute T V, its greedy policy, and the least and the largest of T V − V.

        If V changes by D, the difference of two actions changes by γ (max D − min D) at most, and rounding may change
        both values by the `error`, before and now, and the lead by less. An action with a larger lead stays greedy. If
        many have one, T_π V of all states comes first, which reads the `rows` of the policy in order.
        """
        before, self.error = self.error, self.rounding()
        low, high = self.extremes(partial(change, self.value, self.seen))
        if self.model.absorbs:
            low, high = min(low, 0.0), max(high, 0.0)
        drift = self.discount * (high - low) + 3 * (before + self.error)
        rows = self.rows if np.mean(self.lead[::LANES] > drift) > FEW else None
        found = self.backed_up, self.policy, self.lead, drift if rows else np.inf

        def part(first: int, end: int) -> tuple[float, float]:
            if rows:
                evaluate(*rows, self.value, self.backed_up, first, end)
            return bellman.backup(*self.operator, self.value, *found, first, end)

        self.low, self.high = self.sweep(part)

    def backup_in_place(self) -> None:
        """V ← T V, one state after another, so that later states see the new values of earlier ones."""
        self.sweep_in_place(partial(gauss_seidel, *self.operator, self.steps, self.value, self.policy))
        self.lead[:] = 0

    @cached_property
    def steps(self) -> np.ndarray:
        """1 / (1 − γ p(s|s, a)) [states, actions], how far a backup in place moves V(s) towards its new value."""
        steps = np.empty(self.operator[3].shape)
        steps_in_place(*self.operator, steps)
        return steps

    def sweep(self, part: Callable[[int, int], tuple[float, float]]) -> tuple[float, float]:
        """Do part(first, end) for all states; returns the least and the largest of its results."""
        self.sweeps += 1
        return self.extremes(part)

    def extremes(self, part: Callable[[int, int], tuple[float, float]]) -> tuple[float, float]:
        """The least and the largest result of part(first, end) for all states."""
        low, high = zip(*self.shared(part), strict=True)
        return min(low), max(high)

    def shared(self, part: Callable[[int, int], Result]) -> list[Result]:
        """The results of part(first, end) for parts of the states, which the cores share in a large model."""
        states = self.model.states
        if states < PARALLEL or self.workers == 1:
            return [part(0, states)]
        ends = [states * i // (4 * self.workers) // LANES * LANES for i in range(4 * self.workers)] + [states]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(part, ends[:-1], ends[1:]))

    def sweep_in_place(self, sweep: Callable[[bool], tuple[float, float]]) -> tuple[float, float]:
        """Do sweep(forward) in the direction that changed V more when it was last tried; returns its result."""
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
        """The least and the largest of T V − V, with the 0 of the absorbing state if the model has one."""
        return (min(self.low, 0.0), max(self.high, 0.0)) if self.absorbs else (self.low, self.high)

    def rounding(self, *values: np.ndarray) -> float:
        """Rounding error of a backup of V or of `values`: (longest row + 3) u (max |r| + γ max |V|), u = `UNIT`."""
        largest = max(max(value.max(), -value.min()) for value in (self.value, *values))
        return float((self.model.longest_row + 3) * UNIT * (self.model.reward_bound + self.discount * largest))

    @property
    def exhausted(self) -> bool:
        """Whether V is as good as floating-point numbers allow."""
        return self.residual <= self.rounding()


def value_range(model: Model) -> tuple[float, float]:
    """The least and the largest value that rewards allow if γ < 1: the extreme reward for ever, or the end."""
    least, largest = model.least_reward / (1 - model.discount), model.largest_reward / (1 - model.discount)
    return (min(least, 0.0), max(largest, 0.0)) if model.absorbs else (least, largest)
