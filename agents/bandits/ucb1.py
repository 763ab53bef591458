"""UCB1."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.base.errors import SettingError


@dataclass
class UCB1(BanditAgent):
    """UCB for rewards from 0 to 1, the first with a bound for every finite time.

    A_t = argmax_i μ̂_i(t−1) + c √(log(t−1) / T_i(t−1)), each arm once first

    With c = √2 its confidence is that of any rewards within [0, 1], which are ½-subgaussian; others are not refused.
    Source: Auer, Cesa-Bianchi & Fischer, Machine Learning 47 (2002), Figure 1 and Theorem 1; with c of one's own Sutton
    & Barto, Reinforcement Learning (2nd ed.), section 2.7.
    """

    c: float = 1.4142135623730951
    """factor of the confidence, above 0; that of the theorem is √2"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.c < inf:
            raise SettingError("c", self.c, "must be a finite number above 0")

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=self.c * sqrt(log(max(self.t - 1, 1))))
