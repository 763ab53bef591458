"""MOSS, the minimax optimal strategy."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem


def confidence_widths(n: int, k: int) -> np.ndarray:
    """√(4/T · log⁺(n / (kT))) for T = 1, 2, …, until it is 0; entry 0 stands for T = 0 and is 0."""
    pulls = np.arange(1, n // k + 2)
    return np.append(0.0, np.sqrt(4 / pulls * np.log(np.maximum(n / (k * pulls), 1))))


@dataclass
class MOSS(ScaledAgent, BanditAgent):
    """UCB whose confidence shrinks for arms that have had their share of n / k pulls.

    A_t = argmax_i μ̂_i(t−1) + σ √(4 / T_i(t−1) · log⁺(n / (k T_i(t−1)))), log⁺ x = log max(1, x), each arm once first

    It knows the horizon n. For σ-subgaussian rewards its regret is at most 39 σ √(kn) + Σ_a Δ_a. On some Gaussian arms
    with standard deviation σ every agent has at least σ √((k − 1) n) / 27, if n ≥ k − 1. On [0, 1], where σ = ½, the
    index is that of Audibert & Bubeck. If σ is too small, it explores too little.
    Source: Audibert & Bubeck, COLT 2009; Lattimore & Szepesvári, Bandit Algorithms, Algorithm 7 and Theorems 9.1 and
    15.2.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.widths = confidence_widths(self.n, self.k)

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=self.scale)  # argmax_i μ̂_i + σ widths[T_i]
