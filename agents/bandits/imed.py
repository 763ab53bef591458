"""IMED, the indexed minimum empirical divergence."""

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np

from rlnotes.agents.bandits.base.arm_kernels import store
from rlnotes.agents.bandits.base.bounded_divergence import bounded, remember
from rlnotes.agents.bandits.base.divergence_agent import DivergenceAgent
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.base.elementary import log
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, kernel
from rlnotes.base.memory_check import require_memory


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
    counts: IntMatrix,
    mean: FloatMatrix,
    entropy: FloatMatrix,
    log_count: FloatMatrix,
    best: FloatVector,
    log_best: FloatVector,
    log_rest: FloatVector,
    index: FloatMatrix,
) -> None:
    """index ← −(T d(μ̂, μ̂*) + log T), or ∞ if T = 0, for every arm and run, with log μ̂* and log(1 − μ̂*)."""
    arms, runs = mean.shape
    for arm in range(arms):
        for run in range(runs):
            p, n = mean[arm, run], counts[arm, run]
            divergence = entropy[arm, run] - p * log_best[run] - (1 - p) * log_rest[run]
            evidence = (n * divergence if p < best[run] else 0.0) + log_count[arm, run]
            index[arm, run] = -evidence if n > 0 else np.inf


@dataclass
class IMED(DivergenceAgent):
    """Play the arm with the least evidence against its being optimal.

    A_t = argmin_i T_i(t−1) D_i(t−1) + log T_i(t−1),    each arm once first

    bounded: D_i = max_{0≤u≤1} mean over the rewards X of arm i of log(1 + u (μ̂* − X) / (b − μ̂*)),    μ̂* = max_i μ̂_i,
        for rewards of at most b: the least divergence from a distribution up to b with mean μ̂*
    bernoulli: D_i = d(μ̂_i, μ̂*),    d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: D_i = (μ̂_i − μ̂*)² / (2σ²), for rewards whose scale σ is known

    It needs neither the horizon nor the time. With `bounded`, lim sup R_n / log n ≤ Σ_{Δ_a>0} Δ_a / D_a for rewards in
    an interval up to b and μ* < b, D_a with the distribution of arm a in place of its rewards. No agent whose regret is
    o(n^p), for all p > 0 and all such arms, has a smaller limit. `bernoulli` is the same index on rewards 0 and 1; on
    other rewards from 0 to 1 its regret is larger. `gaussian` is the same index with the divergence of Gaussians; the
    source does not treat it.
    Source: Honda & Takemura, Journal of Machine Learning Research 16 (2015); the lower bound: Burnetas & Katehakis,
    Advances in Applied Mathematics 17 (1996).
    """

    divergence: str | None = None
    """bounded, bernoulli or gaussian; null: bernoulli if rewards are 0 or 1, bounded if they have an upper bound,
    otherwise gaussian"""

    divergences: ClassVar[tuple[str, ...]] = ("bounded", "bernoulli", "gaussian")

    def fitting(self, problem: Problem) -> str:
        if problem.rewards.binary:
            return "bernoulli"
        return "bounded" if problem.rewards.high < inf else "gaussian"

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if (self.divergence or self.fitting(problem)) == "bounded":
            if problem.rewards.high == inf:
                raise ProblemError("needs rewards with an upper bound for divergence=bounded")
            assert problem.horizon is not None
            require_memory("steps", problem.horizon, 12 * problem.horizon * problem.runs)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.log_count = np.zeros((self.k, self.runs))
        self.high = problem.rewards.high
        if self.used == "bounded":
            self.rewards, self.before = np.zeros((self.runs, self.n)), np.zeros((self.runs, self.n), np.int32)
            self.last = np.full((self.k, self.runs), -1)
            self.solved, self.slope, self.at = np.zeros((3, self.k, self.runs))
            self.start = np.full((self.k, self.runs), 0.5)
        self.precision = 1 / max(self.scale**2, float(np.finfo(float).tiny))  # 1/σ², finite even for σ = 0

    def act(self, observation: Any) -> np.ndarray:
        mean = self.available(self.mean)
        if self.used == "bounded":
            past, known = (self.rewards, self.before, self.last), (self.solved, self.slope, self.at, self.start)
            bounded(*past, mean, self.log_count, self.high, *known, self.index)
        elif self.used == "bernoulli":
            best = best_mean(mean)
            logs = log(best), log(1 - best)
            bernoulli(self.counts, mean, self.entropy, self.log_count, best, *logs, self.index)
        else:
            gaussian(self.counts, mean, self.log_count, self.precision, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        store(log(self.played_count), transition.action, self.log_count)
        if self.used == "bounded":
            past, stale = (self.rewards, self.before, self.last), (self.solved, self.slope)
            remember(*past, *stale, transition.action, transition.reward, self.t - 2)  # the step before t
