"""Bayes-UCB."""

from dataclasses import dataclass
from math import exp, inf, log
from typing import Any

import numpy as np
from scipy.special import betainccinv, betaln, ndtri, xlog1py, xlogy

from rlnotes.agents.bandits.base.posterior_agent import PosteriorAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, IntVector, kernel

MARGIN = 1e-9
"""by which the bound of a quantile must lie below the largest quantile, so that rounding hides no tie"""
TINY = float(np.finfo(float).tiny)


@kernel()
def leaders(
    quantile: FloatMatrix, slope: FloatMatrix, solved: FloatMatrix, level: float, index: FloatMatrix
) -> IntVector:
    """index ← quantile + slope · (level − solved); places of arms, not solved at `level`, that may have the largest.

    A place is arm · runs + run. Without such places, the largest index of each run is the quantile of its arm at
    `level`.
    """
    arms, runs = quantile.shape
    best, found, many = np.full(runs, -np.inf), np.empty(arms * runs, np.int64), 0
    for arm in range(arms):
        for run in range(runs):
            later = level - solved[arm, run]
            index[arm, run] = quantile[arm, run] + slope[arm, run] * later if later > 0 else quantile[arm, run]
            best[run] = max(best[run], index[arm, run])
    for arm in range(arms):
        for run in range(runs):
            if solved[arm, run] < level and index[arm, run] >= best[run] - MARGIN:
                found[many] = arm * runs + run
                many += 1
    return found[:many]


@dataclass
class BayesUCB(PosteriorAgent):
    """Play the arm with the largest quantile of the posterior of its mean.

    A_t = argmax_i Q_i(1 − p_t),    p_t = 1 / (t (log n)^c), at most ½,    Q_i the quantile function of the posterior
    gaussian: N(μ̂_i(t−1), σ² / T_i(t−1)), from a flat prior, each arm once first; Q_i(1 − p) = μ̂_i + σ Φ⁻¹(1 − p) / √T_i
    beta: Beta(1 + S_i(t−1), 1 + T_i(t−1) − S_i(t−1)), from a uniform prior, S_i the sum of rewards

    beta needs rewards 0 and 1. With it and c ≥ 5, lim sup R_n / log n ≤ Σ_{Δ_a>0} Δ_a / d(μ_a, μ*), Lai and Robbins's
    lower bound, d the divergence of Bernoulli distributions. The source uses c = 0 in its experiments. The agent knows
    the horizon n if c > 0.

    SciPy computes a quantile of Beta in about half a microsecond. As a function of log(1/p) the quantile is concave,
    since the density is log-concave: its tangent at an earlier step bounds it from above. So only arms whose tangent
    exceeds the largest quantile are computed again.
    Source: Kaufmann, Cappé & Garivier, On Bayesian upper confidence bounds for bandit problems, AISTATS 2012, Algorithm
    1 and Theorem 1.
    """

    c: float = 0.0
    """exponent c of log n, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("c", 0 <= self.c < inf, "must be a finite number, 0 or more")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        shape = (self.k, self.runs)
        self.quantile = np.full(shape, np.inf)
        self.slope, self.solved = np.zeros((2, *shape))

    def act(self, observation: Any) -> np.ndarray:
        level = log(self.t) + self.c * log(max(log(self.n), 1.0))  # log(1/p_t)
        level = min(max(level, log(2)), -log(TINY))
        if not self.beta:
            return self.argmax(bonus=-self.scale * ndtri(exp(-level)))
        parts = self.slope, self.solved, level, self.index
        while len(places := leaders(self.available(self.quantile), *parts)):
            self.solve(places, level)
        return self.argmax_of(self.index)

    def solve(self, places: np.ndarray, level: float) -> None:
        """The quantiles of these posteriors at 1 − p, and their slopes p / density in log(1/p) = `level`."""
        paid, pulls, p = self.total.flat[places], self.counts.flat[places], exp(-level)
        unpaid = pulls - paid
        q = betainccinv(1 + paid, 1 + unpaid, p)
        log_density = xlogy(paid, q) + xlog1py(unpaid, -q) - betaln(1 + paid, 1 + unpaid)
        self.quantile.flat[places], self.slope.flat[places] = q, np.exp(-level - log_density)
        self.solved.flat[places] = level

    def update(self, transition: Transition) -> None:
        super().update(transition)
        played = transition.action, np.arange(self.runs)
        self.quantile[played], self.solved[played] = np.inf, 0.0  # below every level
