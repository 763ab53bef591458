"""UCB1."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.bandit_agent import BanditAgent


@dataclass
class UCB1(BanditAgent):
    """UCB for rewards from 0 to 1, the first with a bound for every finite time.

    A_t = argmax_i μ̂_i(t−1) + √(2 log(t−1) / T_i(t−1)), each arm once first

    Its confidence is that of any rewards within [0, 1], which are ½-subgaussian; others are not refused.
    Source: Auer, Cesa-Bianchi & Fischer, Machine Learning 47 (2002), Figure 1 and Theorem 1.
    """

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=sqrt(2 * log(max(self.t - 1, 1))))
