"""The adversarial bandit, whose rewards were fixed before anyone played."""

import hashlib
import warnings
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rlnotes.envs.bandits.bandit import Bandit
from rlnotes.envs.errors import SettingError
from rlnotes.envs.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class AdversarialBandit(Bandit):
    """Arms whose rewards x_ta are fixed in advance: they need not have means.

    Regret is against the best arm in hindsight, R_t = max_a Σ_{s≤t} x_sa − Σ_{s≤t} x_{s A_s}; it may fall.

    The rewards are those of a `table`, the same in every run, or an adversary draws 0 and 1 anew in every run. Its
    phases are ⌈1.6^i⌉ steps long, i = 0, 1, …: in every other one the first arm pays with probability 1 and the others
    1 − Δ, in those between the first Δ and the others 0. The first is always the best, by Δ, but that all arms pay now
    much and now little misleads who takes their rewards to have means.
    Source: Lattimore & Szepesvári, Bandit Algorithms, chapter 11; the adversary: Zimmert & Seldin, JMLR 22 (2021),
    section 6.
    """

    table: Any = None
    """rewards [steps, arms]: a file, .npy or comma-separated numbers without a heading; null: those of the adversary"""

    gap: float = 0.1
    """gap Δ of the adversary, from 0 to 1"""

    regret_against: ClassVar[str] = "the best arm in hindsight"

    def __post_init__(self, num_envs: int) -> None:
        self.played = None if self.table is None else read(self.table)
        if self.played is not None:
            if self.arms not in (None, self.played.shape[1]):
                raise SettingError("arms", self.arms, f"must be {self.played.shape[1]}, as the table has, or left out")
            self.arms = self.played.shape[1]
            self.table = str(self.table) if isinstance(self.table, str | Path) else self.played.tolist()
        if not (isfinite(self.gap) and 0 <= self.gap <= 1):
            raise SettingError("gap", self.gap, "must be from 0 to 1")
        super().__post_init__(num_envs)

    @property
    def contents(self) -> dict[str, str]:
        """What the settings only point to: a digest of the table."""
        return {} if self.played is None else {"table_sha256": hashlib.sha256(self.played.tobytes()).hexdigest()}

    @property
    def rewards(self) -> Rewards:  # type: ignore[override]
        if self.played is None:
            return Rewards(low=0.0, high=1.0, binary=True)
        binary = bool(np.isin(self.played, (0, 1)).all())
        return Rewards(low=min(self.played.min(), 0.0), high=max(self.played.max(), 1.0), binary=binary)

    def check_steps(self, steps: int) -> None:
        if self.played is not None and len(self.played) < steps:
            what = f"has {len(self.played):,} rows, and a run {steps:,} steps: set steps, or give more"
            raise SettingError("table", named(self.table), what)

    def begin(self) -> dict[str, Any]:
        self.totals = np.zeros((self.num_envs, self.k))
        self.best_total, self.phase, self.phase_end = np.zeros(self.num_envs), 0, 1
        return {}

    def offer(self) -> tuple[np.ndarray, np.ndarray]:
        """The rewards of this step, and how much the best total has grown, so that regrets add up to R_t."""
        if self.played is None:
            rewards = self.adversary()
        elif self.t > len(self.played):
            raise IndexError(f"the table has {len(self.played):,} rows")
        else:
            rewards = np.tile(self.played[self.t - 1], (self.num_envs, 1))
        before = self.best_total
        self.totals += rewards
        self.best_total = self.totals.max(axis=1)
        return rewards, self.best_total - before

    def adversary(self) -> np.ndarray:
        """The rewards of step t [num_envs, arms], drawn."""
        if self.t > self.phase_end:
            self.phase += 1
            self.phase_end += int(np.ceil(1.6**self.phase))
        others = 0.0 if self.phase % 2 else 1 - self.gap
        chance = np.full(self.k, others)
        chance[0] = others + self.gap
        return (self.np_random.random(self.totals.shape) < chance).astype(float)

    def pay(self, worth: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return worth

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = super().step(actions)
        del outcome[-1]["optimal"]  # which arm is the best is not known before the end
        return outcome


def read(table: Any) -> np.ndarray:
    """The rewards [steps, arms] of a file or an array; `SettingError` where they are none."""
    try:
        if not isinstance(table, str | Path):
            array = np.asarray(table, float)
        elif str(table).endswith(".npy"):
            array = np.asarray(np.load(table, allow_pickle=False), float)
        else:
            with warnings.catch_warnings(action="error"):  # of an empty file
                array = np.genfromtxt(table, delimiter=",", ndmin=2, encoding="utf-8")
    except (OSError, ValueError, TypeError, UserWarning) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise SettingError(
            "table", named(table), f"must be numbers [steps, arms], or a file of them ({reason})"
        ) from None
    if array.ndim != 2 or not array.size:
        raise SettingError("table", named(table), f"must be numbers [steps, arms], not of shape {array.shape}")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        what = f"every reward must be a finite number, and row {row + 1}, column {column + 1} is none"
        raise SettingError("table", named(table), what)
    return array


def named(table: Any) -> str:
    """A table as an error calls it."""
    return str(table) if isinstance(table, str | Path) else "[…]"
