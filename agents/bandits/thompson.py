"""Thompson sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.posterior_agent import PosteriorAgent
from rlnotes.agents.bandits.base.posterior_draws import beta, observe_beta, small_beta
from rlnotes.agents.base.agent import Problem, ProblemError, Transition

LEAST, MOST = 1e-6, 1e6
"""limits of the numbers of a prior, which keep its posterior accurate"""


@dataclass
class Thompson(PosteriorAgent):
    """Draw every arm's mean from its posterior, and play the arm with the largest.

    A_t = argmax_i μ̃_i
    gaussian: μ̃_i ~ N(μ̂_i(t−1), σ² / T_i(t−1)), from a flat prior, each arm once first
        from a prior N(m, s²): μ̃_i ~ N((σ² m + s² S_i(t−1)) / v_i, σ² s² / v_i),    v_i = σ² + s² T_i(t−1)
    beta: μ̃_i ~ Beta(a + S_i(t−1), b + T_i(t−1) − S_i(t−1)), from the prior Beta(a, b); S_i is the sum of rewards

    gaussian is the posterior if rewards are Gaussian with standard deviation σ; on other rewards it is only a way to
    explore. beta is the posterior if rewards are 0 or 1, and refuses others.
    Source: Thompson, Biometrika 25 (1933); Lattimore & Szepesvári, Bandit Algorithms, section 36.5; Agrawal & Goyal,
    COLT 2012; with any prior: Russo, Van Roy, Kazerouni, Osband & Wen, A tutorial on Thompson sampling (2018).
    """

    prior: list[float] | None = None
    """prior of every mean: [a, b] of Beta(a, b), or [m, s] of N(m, s²) if the posterior is Gaussian; null: Beta(1, 1),
    or the flat prior"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prior is not None:
            fits = len(self.prior) == 2 and abs(self.prior[0]) <= MOST and LEAST <= self.prior[1] <= MOST
            self.require("prior", fits, f"must be two numbers, the second from {LEAST:g} to {MOST:g}, or null")
            self.prior = [float(number) for number in self.prior]

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.prior and self.prior[0] < LEAST and self.posterior_in(problem) == "beta":
            raise ProblemError(f"needs a prior of two numbers, {LEAST:g} or more, for posterior=beta")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.key = rng.integers(2**64, size=self.runs, dtype=np.uint64)
        self.drawn = np.zeros((self.k, self.runs))
        if self.beta:
            self.a, self.b = self.prior or (1.0, 1.0)
            self.shape = np.empty((2, self.k, self.runs))
            self.shape[0], self.shape[1] = self.a - 1 / 3, self.b - 1 / 3
            self.slope = 1 / np.sqrt(9 * self.shape)
        elif self.prior:
            self.mean[:], self.width[:] = self.prior

    def act(self, observation: Any) -> np.ndarray:
        if not self.beta:
            self.drawn = self.rng.normal(self.mean, 1.0 if self.prior else self.scale, self.width)
        elif min(self.a, self.b) < 1:
            small_beta(self.counts, self.total, self.a, self.b, self.key, self.t, self.drawn)
        else:
            x, u = self.rng.standard_normal(self.shape.shape), self.rng.bits(self.shape.shape)
            beta(self.shape, self.slope, x, u, self.key, self.t, self.drawn)
        return self.argmax_of(self.drawn)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        if self.beta:
            observe_beta(self.shape, self.slope, transition.action, transition.reward)
        if self.prior and not self.beta:
            (m, s), noise = self.prior, self.scale**2
            played = transition.action, np.arange(self.runs)
            v = noise + s**2 * self.counts[played]
            self.mean[played] = (noise * m + s**2 * self.total[played]) / v
            self.width[played] = self.scale * s / np.sqrt(v)
