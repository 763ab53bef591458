"""The adversarial bandit, whose rewards are fixed in advance."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.envs.bandits.base.table_bandit import TableBandit
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class AdversarialBandit(TableBandit):
    """Arms whose rewards x_ta are fixed in advance and need not have means.

    Regret is against the best arm in hindsight, R_t = max_a Σ_{s≤t} x_sa − Σ_{s≤t} x_{s A_s}; it may fall.

    The rewards are those of a `table`, the same in every run, or an adversary draws them from {0, 1}, in every run or
    once for all runs. The phases of the adversary are ⌈1.6^i⌉ steps long, i = 0, 1, …. In even phases the first arm
    pays 1 with probability 1 and the others with 1 − Δ; in odd phases the first with Δ and the others with 0. The first
    arm is always the best, by Δ, but the phases mislead an agent that assumes constant means.
    Source: Lattimore & Szepesvári, Bandit Algorithms, chapter 11; the adversary: Zimmert & Seldin, JMLR 22 (2021),
    section 6.
    """

    table: Any = None
    """rewards [steps, arms]: a file, .npy or text such as rewards.csv; null: drawn by the adversary"""

    gap: float | None = None
    """gap Δ of the adversary, from 0 to 1; null: 0.1 if there is no table"""

    table_seed: int | None = None
    """seed of one table of the adversary, the same in every run; null: it draws in every run"""

    regret_against = "the best arm in hindsight"

    def complete_settings(self) -> None:
        self.rewards = Rewards(low=0.0, high=1.0, binary=True)
        if self.table is None:
            self.require("gap", self.gap is None or 0 <= self.gap <= 1, "must be from 0 to 1, or null")
            self.require("table_seed", self.table_seed is None or self.table_seed >= 0, "must be 0 or more, or null")
        else:
            for setting in ("gap", "table_seed"):
                unset = getattr(self, setting) is None
                self.require(setting, unset, "must be null if a table is given; it is a setting of the adversary")
        super().complete_settings()
        if self.table is not None:
            self.rewards = self.table.known

    def check_steps(self, steps: int) -> None:
        if self.table is not None:
            rows = len(self.table.rows)
            self.require("table", rows >= steps, f"has {rows:,} rows, and a run has {steps:,} steps: set fewer steps")

    def begin(self) -> dict[str, Any]:
        self.shared = self.table_seed is not None
        self.rng = np.random.default_rng(self.table_seed) if self.shared else self.np_random
        self.totals = np.zeros((self.num_envs, self.k))
        self.best_total, self.phase, self.phase_end = np.zeros(self.num_envs), 0, 1
        return {}

    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        """The rewards of this step, and the growth of the best total, so that the regrets add up to R_t."""
        if self.table is None:
            rewards = self.adversary()
        elif self.t > len(self.table.rows):
            raise IndexError(f"the table has {len(self.table.rows):,} rows")
        else:
            rewards = np.tile(self.table.rows[self.t - 1], (self.num_envs, 1))
        before = self.best_total
        self.totals += rewards
        self.best_total = self.totals.max(axis=1)
        return rewards, self.best_total - before

    def adversary(self) -> np.ndarray:
        """Draw the rewards of step t [num_envs, arms]."""
        if self.t > self.phase_end:
            self.phase += 1
            self.phase_end += int(np.ceil(1.6**self.phase))
        gap = 0.1 if self.gap is None else self.gap
        others = 0.0 if self.phase % 2 else 1 - gap
        chance = np.full(self.k, others)
        chance[0] = others + gap
        drawn = self.rng.random((1 if self.shared else self.num_envs, self.k)) < chance
        return np.ascontiguousarray(np.broadcast_to(drawn, self.totals.shape), float)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return value

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = super().step(actions)
        del outcome[-1]["optimal"]  # the best arm is not known before the end
        return outcome
