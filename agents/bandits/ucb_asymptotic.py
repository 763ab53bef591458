"""UCB without a horizon, asymptotically optimal 渐近最优 on Gaussian arms [notes 1.6]."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent


@dataclass
class UCBAsymptotic(ScaledAgent, BanditAgent):
    """UCB whose confidence grows with time: it needs no horizon [notes 1.6].

    A_t = argmax_i μ̂_i(t−1) + σ √(2 log f(t) / T_i(t−1)), f(t) = 1 + t log²(t), each arm once first

    The notes have σ = 1 and f(t) = 1 + t log t; this is the corrected f, as in the source. For σ-subgaussian rewards
    lim sup R_n / log n ≤ Σ_{Δ_a>0} 2σ² / Δ_a. On Gaussian arms, all with standard deviation σ, no agent whose regret
    is o(n^p) on every instance for all p > 0 has a smaller limit. On other arms, such as Bernoulli's, others have.
    Source: Lattimore & Szepesvári, Bandit Algorithms, Algorithm 6 and Theorem 8.1.
    """

    def act(self, observation: Any) -> np.ndarray:
        f = 1 + self.t * log(self.t) ** 2
        return self.argmax(bonus=self.scale * sqrt(2 * log(f)))
