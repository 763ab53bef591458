"""Bayes-UCB."""

from dataclasses import dataclass
from math import exp, inf, log
from typing import Any

import numpy as np
from scipy.special import betainccinv, betaln, ndtri, xlog1py, xlogy

from rlnotes.agents.bandits.base.posterior_agent import PosteriorAgent
from rlnotes.agents.bandits.base.tangent_agent import TangentAgent

TINY = float(np.finfo(float).tiny)


@dataclass
class BayesUCB(TangentAgent, PosteriorAgent):
    """Play the arm with the largest quantile of the posterior of its mean.

    A_t = argmax_i Q_i(1 − p_t),    p_t = 1 / (t (log n)^c), at most ½,    Q_i the quantile function of the posterior
    gaussian: N(μ̂_i(t−1), σ² / T_i(t−1)), from a flat prior, each arm once first; Q_i(1 − p) = μ̂_i + σ Φ⁻¹(1 − p) / √T_i
    beta: Beta(1 + S_i(t−1), 1 + T_i(t−1) − S_i(t−1)), from a uniform prior, S_i the sum of rewards

    beta needs rewards 0 and 1. With it and c ≥ 5, lim sup R_n / log n ≤ Σ_{Δ_a>0} Δ_a / d(μ_a, μ*), Lai and Robbins's
    lower bound, d the divergence of Bernoulli distributions. The source uses c = 0 in its experiments. The agent knows
    the horizon n if c > 0.

    SciPy computes a quantile of Beta in about half a microsecond. As a function of log(1/p) the quantile is concave,
    since the density is log-concave, so that a tangent bounds it and few quantiles are computed.
    Source: Kaufmann, Cappé & Garivier, On Bayesian upper confidence bounds for bandit problems, AISTATS 2012, Algorithm
    1 and Theorem 1.
    """

    c: float = 0.0
    """exponent c of log n, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("c", 0 <= self.c < inf, "must be a finite number, 0 or more")

    def act(self, observation: Any) -> np.ndarray:
        level = log(self.t) + self.c * log(max(log(self.n), 1.0))  # log(1/p_t)
        level = min(max(level, log(2)), -log(TINY))
        if not self.beta:
            return self.argmax(bonus=-self.scale * ndtri(exp(-level)))
        return self.argmax_at(level)

    def solve(self, places: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """The quantiles of these posteriors at 1 − p, and their slopes p / density in log(1/p) = `level`."""
        paid, pulls, p = self.total.take(places), self.counts.take(places), exp(-level)
        unpaid = pulls - paid
        q = betainccinv(1 + paid, 1 + unpaid, p)
        log_density = xlogy(paid, q) + xlog1py(unpaid, -q) - betaln(1 + paid, 1 + unpaid)
        return q, np.exp(-level - log_density)
