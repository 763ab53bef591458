"""KL-UCB."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.divergence_agent import DivergenceAgent
from rlnotes.agents.base.agent import Problem
from rlnotes.base.kernels import FloatMatrix, IntMatrix, IntVector, kernel


@kernel()
def upper(p: float, entropy: float, budget: float) -> float:
    """max{q ≤ 1: d(p, q) ≤ budget} for Bernoulli's d, with entropy = p log p + (1 − p) log(1 − p).

    Newton's method from above. Each step stays above the root, since d is convex in q. It begins at the smaller of two
    upper bounds: p + √(budget/2), by Pinsker's inequality, and 1 − exp(−(budget − entropy)/(1 − p)), since log q ≤ 0.
    """
    if p >= 1 or budget <= 0:
        return p
    q = min(p + np.sqrt(budget / 2), -np.expm1((entropy - budget) / (1 - p)))
    while p < q < 1:
        excess = entropy - p * np.log(q) - (1 - p) * np.log1p(-q) - budget  # d(p, q) − budget
        lower = q - excess * q * (1 - q) / (q - p)
        if not lower < q:  # converged, up to rounding
            break
        q = max(lower, p)
    return q


@kernel()
def bound(
    counts: IntMatrix, mean: FloatMatrix, entropy: FloatMatrix, first: IntVector, exploration: float, index: FloatMatrix
) -> None:
    """index ← max{q: T d(μ̂, q) ≤ exploration} for every arm and run; ∞ if T = 0; −∞ if it cannot be the largest.

    Each run solves the arm `first` before the others. Another arm is solved only if T d(μ̂, best so far) does not exceed
    the exploration. The test leaves a millionth of the exploration, so that rounding hides no tie.
    """
    arms, runs = mean.shape
    for run in range(runs):
        best, log_best, log_rest = -inf, 0.0, 0.0
        for place in range(-1, arms):
            arm = first[run] if place < 0 else place
            p, pulls, h = mean[arm, run], counts[arm, run], entropy[arm, run]
            if place == first[run]:
                continue
            if pulls == 0:
                index[arm, run] = best = inf
            elif p < best and (
                best == inf or pulls * (h - p * log_best - (1 - p) * log_rest) > exploration * (1 + 1e-6)
            ):
                index[arm, run] = -inf
            else:
                index[arm, run] = upper(p, h, exploration / pulls)
                if index[arm, run] > best:
                    best = index[arm, run]
                    log_best, log_rest = np.log(best), np.log1p(-best)


@dataclass
class KLUCB(DivergenceAgent):
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
        self.last = np.zeros(self.runs, np.int64)

    def act(self, observation: Any) -> np.ndarray:
        log_t = log(self.t)
        exploration = log_t + self.c * log(max(log_t, 1.0))  # log log t is above 0 from t = 3
        if self.used == "gaussian":
            return self.argmax(bonus=self.scale * sqrt(2 * exploration))
        bound(self.counts, self.mean, self.entropy, self.last, exploration, self.index)
        self.last = self.argmax_of(self.index)
        return self.last
