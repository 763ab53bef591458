"""The adversarial bandit, whose rewards are fixed in advance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector.utils import batch_space

from rlnotes.base.memory_check import require_memory
from rlnotes.base.random_streams import Stream
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

    If columns of the file are contexts, the observation is the contexts of all arms [arms, dimension], as agents for
    contexts need. Numbers z that are the same for all arms become x_a = (0, …, z, …, 0), with z in the a-th of k parts:
    then ⟨θ, x_a⟩ = ⟨θ_a, z⟩, and each arm has parameters θ_a of its own. Agents for other bandits ignore the contexts.
    Source: Lattimore & Szepesvári, Bandit Algorithms, chapters 11 and 18; the adversary: Zimmert & Seldin, JMLR 22
    (2021), section 6; a parameter per arm: Li, Chu, Langford & Schapire, WWW 2010.
    """

    table: Any = None
    """rewards [steps, arms]: a file, .npy or text such as rewards.csv; null: drawn by the adversary"""

    gap: float | None = None
    """gap Δ of the adversary, from 0 to 1; null: 0.1 if there is no table"""

    table_seed: int | None = None
    """seed of one table of the adversary, the same in every run; null: it draws in every run"""

    table_shuffled: bool | None = None
    """whether each run has the rows of the table in a random order of its own; null: no"""

    context_columns: Any = None
    """columns of the file that are contexts and no arms, by number or name; null: there are none"""

    contexts_shared: bool | None = None
    """whether all arms have the same contexts; false: each arm has as many columns, arm after arm; null: yes"""

    regret_against = "the best arm in hindsight"

    def complete_settings(self) -> None:
        self.rewards = Rewards(low=0.0, high=1.0, binary=True)
        if self.table is None:
            self.require("table_shuffled", self.table_shuffled is None, "must be null without a table")
            self.require("gap", self.gap is None or 0 <= self.gap <= 1, "must be from 0 to 1, or null")
            self.require("table_seed", self.table_seed is None or self.table_seed >= 0, "must be 0 or more, or null")
        else:
            for setting in ("gap", "table_seed"):
                unset = getattr(self, setting) is None
                self.require(setting, unset, "must be null if a table is given; it is a setting of the adversary")
        super().complete_settings()
        if self.table is not None:
            self.rewards = self.table.known
            each = "must be as many for every arm, or contexts_shared=true"
            self.require("context_columns", not self.per_arm or self.numbers % self.table.arms == 0, each)

    @property
    def numbers(self) -> int:
        """Columns that are contexts."""
        return 0 if self.table is None else self.table.contexts.shape[1]

    @property
    def per_arm(self) -> bool:
        """Whether each arm has columns of its own."""
        return self.contexts_shared is False

    @property
    def dimension(self) -> int:
        """Numbers of the context of an arm; 0 without contexts."""
        assert self.arms is not None
        return self.numbers // self.arms if self.per_arm else self.numbers * self.arms

    def check_memory(self, runs: int) -> None:
        super().check_memory(runs)
        assert self.arms is not None
        rows = len(self.table.rows) if self.table_shuffled else 0
        require_memory("table", self.table, 8 * runs * (self.arms * self.dimension + rows))

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        if self.numbers:
            contexts = self.table.contexts
            low, high = min(contexts.min(), 0.0), max(contexts.max(), 0.0)
            self.single_observation_space = Box(low, high, (self.k, self.dimension), np.float64)
            self.observation_space = batch_space(self.single_observation_space, num_envs)

    def check_steps(self, steps: int) -> None:
        if self.table is not None:
            rows = len(self.table.rows)
            self.require("table", rows >= steps, f"has {rows:,} rows, and a run has {steps:,} steps: set fewer steps")

    def begin(self) -> dict[str, Any]:
        self.shared = self.table_seed is not None
        rng = np.random.default_rng(self.table_seed) if self.shared else self.np_random
        self.stream = Stream(rng)
        self.totals = np.zeros((self.num_envs, self.k))
        self.best_total, self.phase, self.phase_end = np.zeros(self.num_envs), 0, 1
        if self.table is not None:
            self.order = np.tile(np.arange(len(self.table.rows)), (self.num_envs if self.table_shuffled else 1, 1))
            if self.table_shuffled:
                self.order = rng.permuted(self.order, axis=1)
        self.advance()
        return {}

    def advance(self) -> None:
        """Observe the contexts of the next step, if the table has them; the last row has no next one."""
        if not self.numbers:
            return
        z = self.table.contexts[self.order[:, min(self.t, self.order.shape[1]) - 1]]
        if self.per_arm:
            x = z.reshape(-1, self.k, self.dimension)
        else:
            x = np.zeros((len(z), self.k, self.k, self.numbers))
            x[:, range(self.k), range(self.k)] = z[:, None]
            x = x.reshape(-1, self.k, self.dimension)
        self.observation = np.tile(x, (self.num_envs // len(x), 1, 1))

    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        """The rewards of this step, and the growth of the best total, so that the regrets add up to R_t."""
        if self.table is None:
            rewards = self.adversary()
        elif self.t > len(self.table.rows):
            raise IndexError(f"the table has {len(self.table.rows):,} rows")
        else:
            rewards = self.table.rows[np.broadcast_to(self.order[:, self.t - 1], self.num_envs)]
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
        drawn = self.stream.random((1 if self.shared else self.num_envs, self.k)) < chance
        return np.ascontiguousarray(np.broadcast_to(drawn, self.totals.shape), float)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return value

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = super().step(actions)
        del outcome[-1]["optimal"]  # the best arm is not known before the end
        return outcome
