"""MOSS, the minimax optimal strategy."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem


@dataclass
class MOSS(BanditAgent):
    """UCB whose confidence shrinks for arms that have had their share of n / k pulls.

    A_t = argmax_i μ̂_i(t−1) + √(4 / T_i(t−1) · log⁺(n / (k T_i(t−1)))), log⁺ x = log max(1, x), each arm once first

    It knows the horizon n. Its regret is at most 39 √(kn) + Σ_a Δ_a where rewards are 1-subgaussian, which is the best
    possible but for the factor; others are not refused, and it explores too little for them where they vary more.
    Source: Audibert & Bubeck, COLT 2009; Lattimore & Szepesvári, Bandit Algorithms, Algorithm 7 and Theorem 9.1.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        pulls = np.arange(1, self.n // self.k + 2)
        self.widths = np.append(0.0, np.sqrt(4 / pulls * np.log(np.maximum(self.n / (self.k * pulls), 1))))

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=1.0)
