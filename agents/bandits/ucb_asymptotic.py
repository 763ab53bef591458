"""UCB without a horizon, asymptotically optimal 渐近最优 [notes 1.6]."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent


@dataclass
class UCBAsymptotic(BanditAgent):
    """UCB whose confidence grows with time: it needs no horizon [notes 1.6].

    A_t = argmax_i μ̂_i(t−1) + √(2 log f(t) / T_i(t−1)), f(t) = 1 + t log²(t), each arm once first

    The notes have f(t) = 1 + t log t; this is the corrected form, as in the source.
    Source: Lattimore & Szepesvári, Bandit Algorithms, Algorithm 6 and Theorem 8.1.
    """

    def act(self, observation: Any) -> np.ndarray:
        f = 1 + self.t * log(self.t) ** 2
        return self.argmax(bonus=sqrt(2 * log(f)))
