"""Thompson sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.posterior_agent import PosteriorAgent
from rlnotes.agents.bandits.base.posterior_draws import beta, gaussian, slope_table
from rlnotes.agents.base.agent import Problem


@dataclass
class Thompson(PosteriorAgent):
    """Draw every arm's mean from its posterior, and play the arm with the largest.

    A_t = argmax_i μ̃_i
    gaussian: μ̃_i ~ N(μ̂_i(t−1), σ² / T_i(t−1)), from a flat prior, each arm once first
    beta: μ̃_i ~ Beta(1 + S_i(t−1), 1 + T_i(t−1) − S_i(t−1)), from a uniform prior, S_i the sum of rewards

    gaussian is the posterior if rewards are Gaussian with standard deviation σ; on other rewards it is only a way to
    explore. beta is the posterior if rewards are 0 or 1, and refuses others.
    Source: Thompson, Biometrika 25 (1933); Lattimore & Szepesvári, Bandit Algorithms, section 36.5; Agrawal & Goyal,
    COLT 2012.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.key = rng.integers(2**64, size=self.runs, dtype=np.uint64)
        self.drawn = np.zeros((self.k, self.runs))
        self.slopes = slope_table(self.n)

    def act(self, observation: Any) -> np.ndarray:
        if self.beta:
            beta(self.counts, self.total, self.slopes, self.key, self.t, self.drawn)
        else:
            gaussian(self.mean, self.width, self.scale, self.key, self.t, self.drawn)
        return self.argmax_of(self.drawn)
