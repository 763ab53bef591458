"""The adversarial bandit, whose rewards were fixed before anyone played."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.bandits.base.reward_table import RewardTable
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class AdversarialBandit(Bandit):
    """Arms whose rewards x_ta are fixed in advance: they need not have means.

    Regret is against the best arm in hindsight, R_t = max_a Σ_{s≤t} x_sa − Σ_{s≤t} x_{s A_s}; it may fall.

    The rewards are those of a `table`, the same in every run, or an adversary draws 0 and 1, anew in every run or once
    for all. Its phases are ⌈1.6^i⌉ steps long, i = 0, 1, …: in every other one the first arm pays with probability 1
    and the others 1 − Δ, in those between the first Δ and the others 0. The first is always the best, by Δ, but that
    all arms pay now much and now little misleads who takes their rewards to have means.
    Source: Lattimore & Szepesvári, Bandit Algorithms, chapter 11; the adversary: Zimmert & Seldin, JMLR 22 (2021),
    section 6.
    """

    table: Any = None
    """rewards [steps, arms]: a file, .npy or comma-separated numbers without a heading; null: those of the adversary"""

    gap: float | None = None
    """gap Δ of the adversary, from 0 to 1; null: 0.1, or none where there is a table"""

    table_seed: int | None = None
    """seed by which the adversary draws one table, the same in every run; null: it draws anew in every run"""

    regret_against = "the best arm in hindsight"

    def settle(self) -> None:
        self.rewards = Rewards(low=0.0, high=1.0, binary=True)
        if self.table is None:
            if self.gap is not None and not 0 <= self.gap <= 1:
                raise SettingError("gap", self.gap, "must be from 0 to 1, or null")
            if self.table_seed is not None and self.table_seed < 0:
                raise SettingError("table_seed", self.table_seed, "must be 0 or more, or null")
        else:
            for setting in ("gap", "table_seed"):
                if getattr(self, setting) is not None:
                    what = "must be null where a table is given: it is the adversary's"
                    raise SettingError(setting, getattr(self, setting), what)
            self.table = table = RewardTable.of(self.table)
            if self.arms not in (None, table.arms):
                raise SettingError("arms", self.arms, f"must be {table.arms}, as the table has, or left out")
            self.arms, self.rewards, self.contents = table.arms, table.known, table.contents
        super().settle()

    def check_steps(self, steps: int) -> None:
        if self.table is not None and len(self.table.rewards) < steps:
            what = f"has {len(self.table.rewards):,} rows, and a run {steps:,} steps: set steps, or give more"
            raise SettingError("table", self.table, what)

    def begin(self) -> dict[str, Any]:
        self.alike = self.table_seed is not None
        self.luck = np.random.default_rng(self.table_seed) if self.alike else self.np_random
        self.totals = np.zeros((self.num_envs, self.k))
        self.best_total, self.phase, self.phase_end = np.zeros(self.num_envs), 0, 1
        return {}

    def offer(self) -> tuple[np.ndarray, np.ndarray]:
        """The rewards of this step, and how much the best total has grown, so that regrets add up to R_t."""
        if self.table is None:
            rewards = self.adversary()
        elif self.t > len(self.table.rewards):
            raise IndexError(f"the table has {len(self.table.rewards):,} rows")
        else:
            rewards = np.tile(self.table.rewards[self.t - 1], (self.num_envs, 1))
        before = self.best_total
        self.totals += rewards
        self.best_total = self.totals.max(axis=1)
        return rewards, self.best_total - before

    def adversary(self) -> np.ndarray:
        """The rewards of step t [num_envs, arms], drawn."""
        if self.t > self.phase_end:
            self.phase += 1
            self.phase_end += int(np.ceil(1.6**self.phase))
        gap = 0.1 if self.gap is None else self.gap
        others = 0.0 if self.phase % 2 else 1 - gap
        chance = np.full(self.k, others)
        chance[0] = others + gap
        drawn = self.luck.random((1 if self.alike else self.num_envs, self.k)) < chance
        return np.ascontiguousarray(np.broadcast_to(drawn, self.totals.shape), float)

    def pay(self, worth: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return worth

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = super().step(actions)
        del outcome[-1]["optimal"]  # which arm is the best is not known before the end
        return outcome
