"""ε_t-greedy."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent


@dataclass
class EpsilonTGreedy(BanditAgent):
    """Play the best empirical arm, or any arm with a probability that falls.

    A_t = argmax_i μ̂_i(t−1) with probability 1 − ε_t, uniform with probability ε_t,    ε_t = min{1, c k / (d² t)}

    The regret grows logarithmically if rewards are from 0 to 1, d is at most the smallest gap and c is above 5. If d is
    larger than the smallest gap, the regret may grow faster.
    Source: Auer, Cesa-Bianchi & Fischer, Machine Learning 47 (2002), Figure 3 and Theorem 3.
    """

    knows_probability = True

    c: float = 5.0
    """factor c of the exploration, above 0"""

    gap: float = 0.5
    """d, a guess of the smallest gap, above 0 and at most 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("c", 0 < self.c < inf, "must be a finite number above 0")
        self.require("gap", 0 < self.gap <= 1, "must be above 0 and at most 1")

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax_or_any(self.epsilon())

    def epsilon(self) -> float:
        """ε_t"""
        return min(1.0, self.c * self.k / self.gap**2 / self.t)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.probability_or_any(self.epsilon(), action)
