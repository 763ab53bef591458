"""KL-UCB."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bernoulli_bounds import slope, upper
from rlnotes.agents.bandits.base.divergence_agent import DivergenceAgent
from rlnotes.agents.bandits.base.tangent_agent import TangentAgent
from rlnotes.agents.base.agent import Problem


@dataclass
class KLUCB(TangentAgent, DivergenceAgent):
    """UCB with confidence bounds from the Kullback–Leibler divergence.

    A_t = argmax_i max{q: T_i(t−1) d(μ̂_i(t−1), q) ≤ log t + c log log t}, each arm once first

    bernoulli: d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: d(p, q) = (p − q)² / (2σ²), for a known scale σ; the bound is μ̂_i + σ √(2 (log t + c log log t) / T_i)

    With c = 3, lim sup R_n / log n ≤ Σ_{Δ_a>0} Δ_a / d(μ_a, μ*). That is Lai and Robbins's lower bound if arms are
    Bernoulli's, or Gaussian with standard deviation σ. On other arms, such as Beta's, agents with less regret exist.
    The source recommends c = 0.
    Source: Garivier & Cappé, The KL-UCB algorithm for bounded stochastic bandits and beyond, COLT 2011, Algorithm 1;
    Cappé, Garivier, Maillard, Munos & Stoltz, Annals of Statistics 41 (2013).
    """

    c: float = 0.0
    """factor c of log log t, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("c", 0 <= self.c < inf, "must be a finite number, 0 or more")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.solved_at.fill(inf)  # before the first pull the bound is ∞ at all levels

    def act(self, observation: Any) -> np.ndarray:
        log_t = log(self.t)
        exploration = log_t + self.c * log(max(log_t, 1.0))  # log log t is above 0 from t = 3
        if self.used == "gaussian":
            return self.argmax(bonus=self.scale * sqrt(2 * exploration))
        return self.argmax_at(exploration)

    def solve(self, places: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        p, pulls = self.mean.take(places), self.counts.take(places)
        q = upper(p, self.entropy.take(places), level / pulls)
        return q, slope(p, q, pulls)
