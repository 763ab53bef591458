"""IMED, the indexed minimum empirical divergence."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_kernels import observe_logarithm
from rlnotes.agents.bandits.base.divergence_agent import DivergenceAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, kernel


@kernel()
def best_mean(mean: FloatMatrix) -> FloatVector:
    """μ̂* = max_i μ̂_i, per run [runs]."""
    arms, runs = mean.shape
    best = np.full(runs, -np.inf)
    for arm in range(arms):
        for run in range(runs):
            best[run] = max(best[run], mean[arm, run])
    return best


@kernel()
def gaussian(
    counts: IntMatrix, mean: FloatMatrix, log_count: FloatMatrix, precision: float, index: FloatMatrix
) -> None:
    """index ← −(T (μ̂* − μ̂)² precision / 2 + log T), or ∞ if T = 0, for every arm and run."""
    arms, runs = mean.shape
    best = best_mean(mean)
    for arm in range(arms):
        for run in range(runs):
            gap, n = best[run] - mean[arm, run], counts[arm, run]
            evidence = n * (gap * gap) * (precision / 2) + log_count[arm, run]
            index[arm, run] = -evidence if n > 0 else np.inf


@kernel()
def bernoulli(
    counts: IntMatrix, mean: FloatMatrix, entropy: FloatMatrix, log_count: FloatMatrix, index: FloatMatrix
) -> None:
    """index ← −(T d(μ̂, μ̂*) + log T), or ∞ if T = 0, for every arm and run."""
    arms, runs = mean.shape
    best = best_mean(mean)
    log_best, log_rest = np.log(best), np.log1p(-best)
    for arm in range(arms):
        for run in range(runs):
            p, n = mean[arm, run], counts[arm, run]
            divergence = entropy[arm, run] - p * log_best[run] - (1 - p) * log_rest[run]
            evidence = (n * divergence if p < best[run] else 0.0) + log_count[arm, run]
            index[arm, run] = -evidence if n > 0 else np.inf


@dataclass
class IMED(DivergenceAgent):
    """Play the arm with the least evidence against its being optimal.

    A_t = argmin_i T_i(t−1) d(μ̂_i(t−1), μ̂*(t−1)) + log T_i(t−1),    μ̂* = max_i μ̂_i, each arm once first

    bernoulli: d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: d(p, q) = (p − q)² / (2σ²), for rewards whose standard deviation σ is known

    It needs neither the horizon nor the time. Its regret is asymptotically the least possible.
    Source: Honda & Takemura, Journal of Machine Learning Research 16 (2015), for rewards bounded from above; the
    gaussian form is the same index with the divergence of Gaussians.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.log_count = np.zeros((self.k, self.runs))
        self.precision = 1 / max(self.std**2, float(np.finfo(float).tiny))  # 1/σ², finite even for σ = 0

    def act(self, observation: Any) -> np.ndarray:
        if self.bernoulli:
            bernoulli(self.counts, self.mean, self.entropy, self.log_count, self.index)
        else:
            gaussian(self.counts, self.mean, self.log_count, self.precision, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        observe_logarithm(self.counts, self.log_count, transition.action)
