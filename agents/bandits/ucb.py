"""UCB, the upper confidence bound algorithm [notes 1.4, 1.5]."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent


@dataclass
class UCB(ScaledAgent, BanditAgent):
    """Play the arm with the largest upper confidence bound [notes 1.5].

    A_t = argmax_i UCB_i(t−1, δ),
    UCB_i(t−1, δ) = ∞ if T_i(t−1) = 0, else μ̂_i(t−1) + σ √(2 log(1/δ) / T_i(t−1))    [notes 1.4, where σ = 1]

    Each bound fails with probability at most δ if rewards are σ-subgaussian [notes 1.3]; if σ is too small, it fails
    more often. Unlike ETC it needs no gap in advance, and no horizon if δ is given [notes 1.8].
    Source: Lattimore & Szepesvári, Bandit Algorithms, Algorithm 3 and Theorem 7.1.
    """

    delta: float | None = None
    """probability δ that a confidence bound fails, between 0 and 1; null: 1/n², n the horizon"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.delta is None or 0 < self.delta < 1
        self.require("delta", fits, "must be between 0 and 1, both excluded, or null for 1/n²")

    def act(self, observation: Any) -> np.ndarray:
        log_inverse_delta = 2 * log(self.n) if self.delta is None else -log(self.delta)
        return self.argmax(bonus=self.scale * sqrt(2 * log_inverse_delta))
