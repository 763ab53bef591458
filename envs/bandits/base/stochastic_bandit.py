"""Stochastic bandits, whose arms have means; the means may change [notes 1.1]."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.bandits.base.arm_table import ArmTable
from rlnotes.envs.bandits.base.sleeping_bandit import SleepingBandit
from rlnotes.envs.bandits.base.table_bandit import TableBandit


@dataclass(eq=False, kw_only=True)
class StochasticBandit(SleepingBandit, TableBandit):
    """Arm a pays X ~ P_a with mean μ_a [notes 1.1].

    The regret of a step is the gap Δ_a = max_b μ_b − μ_a of the pulled arm [notes 1.2]; if the means change, it is the
    gap at this step. `reset` returns `arm_means` [num_envs, arms] in `info`.

    *Abrupt changes* happen at the steps `changes`, or in each run at each step with probability `change_probability`.
    They draw new means; if the means are given, each arm gets the mean of the arm before it, and if a table of means is
    given, its next row holds.
    *Drift*: μ_a ← μ_a + N(0, drift²) after every step, reflected at the limits of a mean.
    *Arms that come and go*: each is available with probability `available` in every step (see `SleepingBandit`). Δ_a is
    then against the available arms b only.
    Source: Garivier & Moulines, ALT 2011 (abrupt changes); Sutton & Barto, Reinforcement Learning (2nd ed.),
    exercise 2.5 (drift); Kleinberg, Niculescu-Mizil & Sharma, Machine Learning 80 (2010) (arms that come and go).
    """

    table: Any = None
    """means of the arms in phases [phases, arms]: a file, .npy or text such as means.csv, or a list of rows; phases
    begin at `changes`, or in every step without them; null: as `means` says"""

    means: list[float] | None = None
    """mean of every arm; null: drawn in every run"""

    gap: float | None = None
    """gap Δ of every arm but the first, which is the best, with 2 arms by default; null: as `means` says"""

    changes: list[int] | None = None
    """steps, 2 or more, at which the means change abruptly"""

    change_probability: float | None = None
    """probability, from 0 to 1, that the means of a run change abruptly at a step"""

    drift: float | None = None
    """standard deviation, above 0, of the change of every mean in a step"""

    limits: ClassVar[tuple[float, float]] = (-inf, inf)
    """the least and the largest mean of an arm"""
    best: ClassVar[float] = 0.0
    """mean of the best arm if `gap` is given"""

    def complete_settings(self) -> None:
        if self.table is not None:
            for setting in ("means", "gap", "change_probability", "drift"):
                self.require(setting, getattr(self, setting) is None, "must be null if a table of means is given")
        elif self.means is not None:
            self.means = [float(mean) for mean in self.means]
            self.require("means", bool(self.means), "must name the mean of at least one arm, such as [0.5, 0]")
            self.require("gap", self.gap is None, "must be null if means are given")
            requirement = f"must be {len(self.means)}, the number of means, or null"
            self.require("arms", self.arms in (None, len(self.means)), requirement)
            self.require_means("means", self.means, self.means)
            self.arms = len(self.means)
        elif self.gap is not None:
            self.arms = 2 if self.arms is None else self.arms
            self.require("gap", 0 <= self.gap < inf, "must be a finite number, 0 or more")
            self.require_means("gap", self.gap, [self.best - self.gap])
        if self.changes is not None:
            self.changes = [int(change) for change in self.changes]
            fits = bool(self.changes) and min(self.changes) >= 2
            self.require("changes", fits, "must be steps, 2 or more, such as [100, 200], or null")
        if self.change_probability is not None:
            self.require("change_probability", 0 <= self.change_probability <= 1, "must be from 0 to 1, or null")
        if self.drift is not None:
            self.require("drift", 0 < self.drift < inf, "must be a finite number above 0, or null")
        super().complete_settings()
        if self.table is not None:
            self.require_phases(self.table)
        self.moving = any((self.changes, self.change_probability, self.drift, self.table))
        best = "the best arm" if self.available is None else "the best available arm"
        self.regret_against = f"{best} now" if self.moving else best

    def require_phases(self, table: ArmTable) -> None:
        """Require that arms of this kind may have the means of a table, and that each of its phases has a beginning."""
        for row in (table.rows.min(axis=0), table.rows.max(axis=0)):
            self.require_means("table", table, row.tolist())
        if self.changes is not None:
            fits, others = len(self.changes) == len(table.rows) - 1, f"{len(table.rows) - 1:,} rows after the first"
            self.require("changes", fits, f"must be the steps at which the {others} of the table begin, or null")

    def require_means(self, setting: str, value: Any, means: list[float]) -> None:
        """Require that an arm of this kind may have these means, which `setting` implies."""
        low, high = self.limits
        if not np.isfinite(means).all():
            raise SettingError(setting, value, "every mean must be a finite number")
        if not all(low <= mean <= high for mean in means):
            limits = f"from {low:g} to {high:g}" if high < inf else f"{low:g} or more"
            wrong = next(mean for mean in means if not low <= mean <= high)
            about = "every mean" if setting == "means" else f"gives an arm the mean {wrong:g}: every mean"
            raise SettingError(setting, value, f"{about} of such an arm must be {limits}")

    def check_steps(self, steps: int) -> None:
        if late := [change for change in self.changes or () if change > steps]:
            raise SettingError("changes", late[0], f"must be steps of a run, which has {steps:,}")
        if self.table is not None and self.changes is None:
            rows, more = len(self.table.rows), "set fewer steps, or the changes at which rows begin"
            self.require("table", rows >= steps, f"has {rows:,} rows, and a run has {steps:,} steps: {more}")

    def policy_value(self, policy: Callable[[np.ndarray], np.ndarray]) -> float | None:
        """Σ_a π(a) μ_a, if the means are given and do not change; None otherwise."""
        if self.means is None or self.moving or self.available is not None:
            return None
        return float(policy(np.zeros(1, np.int64))[0] @ self.means)

    @abstractmethod
    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        """New means of this shape."""

    def begin(self) -> dict[str, Any]:
        shape = (self.num_envs, self.k)
        given = self.means
        if self.gap is not None:
            given = [self.best, *[self.best - self.gap] * (shape[1] - 1)]
        if self.table is not None:
            given = self.table.rows[0]
        self.arm_means = self.draw_means(shape) if given is None else np.tile(np.array(given), (shape[0], 1))
        if self.arm_means.shape != shape:
            what = f"{type(self).__name__}.draw_means(shape) must return means [runs, arms], {shape}"
            raise ValueError(f"{what}, not of shape {self.arm_means.shape}")
        self.offer(self.arm_means)
        return {"arm_means": self.arm_means.copy()}

    def advance(self) -> None:
        if self.moving:
            self.move()
        if self.moving or self.available is not None:
            self.offer(self.arm_means)

    def move(self) -> None:
        """Change the means between two steps."""
        if self.table is not None:
            phase = self.t - 1 if self.changes is None else sum(change <= self.t for change in self.changes)
            self.arm_means[:] = self.table.rows[min(phase, len(self.table.rows) - 1)]
            return
        if self.drift is not None:
            self.arm_means += self.drift * self.stream.standard_normal(self.arm_means.shape)
            self.arm_means = reflected(self.arm_means, *self.limits)
        changed = np.full(self.num_envs, self.t in (self.changes or ()))
        if self.change_probability is not None:
            changed |= self.stream.random(self.num_envs) < self.change_probability
        if changed.any():
            before = self.arm_means[changed]
            drawn = self.means is None and self.gap is None
            self.arm_means[changed] = self.draw_means(before.shape) if drawn else np.roll(before, 1, axis=1)


def reflected(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """x, reflected at `low` and `high` until it lies between them; an infinite limit does not reflect."""
    if low == -inf:
        return x
    above = abs(x - low)
    if high < inf:
        above %= 2 * (high - low)
        above = np.minimum(above, 2 * (high - low) - above)
    return low + above
