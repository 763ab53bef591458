"""The base of bandits whose arms may come and go."""

from dataclasses import dataclass
from math import inf

import numpy as np
from gymnasium.vector.utils import batch_space

from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.actions import ActionMask


@dataclass(eq=False, kw_only=True)
class SleepingBandit(Bandit):
    """A bandit whose arms are always there, or come and go: a sleeping bandit.

    With a probability p = `available`, each arm is available in each step with probability p, independently; if none
    is, one is drawn. The observation says which are, an `ActionMask` [arms], and so does `info["action_mask"]`. The
    regret of a step is against its best available arm.
    Source: Kleinberg, Niculescu-Mizil & Sharma, Regret bounds for sleeping experts and bandits, Machine Learning 80
    (2010).
    """

    available: float | None = None
    """probability, from 0 to 1, that an arm is available in a step; one always is; null: all are, in every step"""

    def complete_settings(self) -> None:
        if self.available is not None:
            self.require("available", 0 <= self.available <= 1, "must be from 0 to 1, or null")
        super().complete_settings()

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        if self.available is not None:
            self.single_observation_space = ActionMask(self.k)
            self.observation_space = batch_space(self.single_observation_space, num_envs)

    def offer(self, values: np.ndarray) -> None:
        """Draw the available arms of the next step; `values` [num_envs, arms] are those of all arms.

        An arm is available if its number from 0 to 1 is at most p, or the least of all.
        """
        if self.available is not None:
            drawn = self.stream.random(values.shape)
            available = drawn <= np.maximum(self.available, drawn.min(axis=1, keepdims=True))
            self.observation, self.offered = available.astype(np.int8), {"action_mask": available}
            values = np.where(available, values, -inf)
        self.values, self.best_value = values, values.max(axis=1)

    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        return self.values, self.best_value
