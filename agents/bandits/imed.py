"""IMED, the indexed minimum empirical divergence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from rlnotes.agents.bandits.base.arm_kernels import observe_logarithm
from rlnotes.agents.bandits.base.divergence_agent import DivergenceAgent
from rlnotes.agents.base.agent import Problem, Transition


@njit("void(i8[:,::1], f8[:,::1], f8[:,::1], f8, f8[:,::1])", cache=True)
def gaussian(counts, mean, log_count, precision, index):  # type: ignore[no-untyped-def]
    """index ← −T (μ̂* − μ̂)² precision / 2 − log T of all arms, ∞ where T = 0, in every run."""
    arms, runs = mean.shape
    best = np.full(runs, -np.inf)
    for arm in range(arms):
        for run in range(runs):
            best[run] = max(best[run], mean[arm, run])
    for arm in range(arms):
        for run in range(runs):
            gap, n = best[run] - mean[arm, run], counts[arm, run]
            cost = n * (gap * gap) * (precision / 2) + log_count[arm, run]
            index[arm, run] = -cost if n > 0 else np.inf


@njit("void(i8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1])", cache=True)
def bernoulli(counts, mean, entropy, log_count, index):  # type: ignore[no-untyped-def]
    """index ← −T d(μ̂, μ̂*) − log T of all arms, ∞ where T = 0, in every run."""
    arms, runs = mean.shape
    best = np.full(runs, -np.inf)
    for arm in range(arms):
        for run in range(runs):
            best[run] = max(best[run], mean[arm, run])
    log_best, log_rest = np.log(best), np.log1p(-best)
    for arm in range(arms):
        for run in range(runs):
            p, n = mean[arm, run], counts[arm, run]
            divergence = entropy[arm, run] - p * log_best[run] - (1 - p) * log_rest[run]
            cost = (n * divergence if p < best[run] else 0.0) + log_count[arm, run]
            index[arm, run] = -cost if n > 0 else np.inf


@dataclass
class IMED(DivergenceAgent):
    """Play the arm against whose being the best there is the least evidence.

    A_t = argmin_i T_i(t−1) d(μ̂_i(t−1), μ̂*(t−1)) + log T_i(t−1),    μ̂* = max_i μ̂_i, each arm once first

    bernoulli: d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: d(p, q) = (p − q)² / (2σ²), for rewards whose standard deviation σ is known

    It needs neither the horizon nor the time. Its regret is asymptotically the least possible.
    Source: Honda & Takemura, Journal of Machine Learning Research 16 (2015), for rewards bounded from above; the
    Gaussian form is the same index by the Gaussian's divergence.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.log_count = np.zeros((self.k, self.runs))
        self.precision = 1 / max(self.std**2, float(np.finfo(float).tiny))  # a number, where there is no noise

    def act(self, observation: Any) -> np.ndarray:
        if self.bernoulli:
            bernoulli(self.counts, self.mean, self.entropy, self.log_count, self.index)
        else:
            gaussian(self.counts, self.mean, self.log_count, self.precision, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        observe_logarithm(self.counts, self.log_count, transition.action)
