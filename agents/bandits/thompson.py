"""Thompson sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.posterior_draws import beta, gaussian, slope_table
from rlnotes.agents.base.agent import Problem, ProblemError


@dataclass
class Thompson(BanditAgent):
    """Draw every arm's mean from its posterior, and play the arm with the largest.

    A_t = argmax_i μ̃_i
    gaussian: μ̃_i ~ N(μ̂_i(t−1), 1 / T_i(t−1)), from a flat prior, each arm once first
    beta: μ̃_i ~ Beta(1 + S_i(t−1), 1 + T_i(t−1) − S_i(t−1)), from a uniform prior, S_i the sum of rewards

    The first is for rewards of variance 1 or less, for which it explores enough; it does not refuse others. The second
    is for rewards that are 0 or 1, and refuses others.
    Source: Thompson, Biometrika 25 (1933); Lattimore & Szepesvári, Bandit Algorithms, section 36.5; Agrawal & Goyal,
    COLT 2012.
    """

    posterior: str = "gaussian"
    """gaussian or beta"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_choice("posterior", ("gaussian", "beta"))

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.posterior == "beta" and not problem.rewards.binary:
            raise ProblemError("needs rewards 0 and 1 for posterior=beta; gaussian takes any")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.key = rng.integers(2**64, size=self.runs, dtype=np.uint64)
        self.drawn = np.zeros((self.k, self.runs))
        self.slopes = slope_table(self.n)

    def act(self, observation: Any) -> np.ndarray:
        if self.posterior == "beta":
            beta(self.counts, self.total, self.slopes, self.key, self.t, self.drawn)
        else:
            gaussian(self.mean, self.width, self.key, self.t, self.drawn)
        return self.argmax_of(self.drawn)
