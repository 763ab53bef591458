"""UCB, the upper confidence bound algorithm [notes 1.4, 1.5]."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.base.errors import SettingError


@dataclass
class UCB(BanditAgent):
    """Play the arm of the largest upper confidence bound [notes 1.5].

    A_t = argmax_i UCB_i(t−1, δ),
    UCB_i(t−1, δ) = ∞ if T_i(t−1) = 0, else μ̂_i(t−1) + √(2 log(1/δ) / T_i(t−1))    [notes 1.4]

    Each bound fails with probability at most δ where rewards are 1-subgaussian [notes 1.3]; others, such as Gaussian
    ones of std above 1, are not refused, and the bounds fail more often. Unlike ETC it needs no gap in advance, and
    with a δ of its own no horizon [notes 1.8].
    Source: Lattimore & Szepesvári, Bandit Algorithms, Algorithm 3 and Theorem 7.1.
    """

    delta: float | None = None
    """probability δ that a confidence bound fails, between 0 and 1; null: 1/n², n the horizon"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delta is not None and not 0 < self.delta < 1:
            raise SettingError("delta", self.delta, "must be between 0 and 1, both excluded, or null for 1/n²")

    def act(self, observation: Any) -> np.ndarray:
        log_inverse_delta = 2 * log(self.n) if self.delta is None else -log(self.delta)
        return self.argmax(bonus=sqrt(2 * log_inverse_delta))
