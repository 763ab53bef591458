"""Thompson sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.posterior_draws import beta, gaussian, slope_table
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, ProblemError


@dataclass
class Thompson(ScaledAgent, BanditAgent):
    """Draw every arm's mean from its posterior, and play the arm with the largest.

    A_t = argmax_i μ̃_i
    gaussian: μ̃_i ~ N(μ̂_i(t−1), σ² / T_i(t−1)), from a flat prior, each arm once first
    beta: μ̃_i ~ Beta(1 + S_i(t−1), 1 + T_i(t−1) − S_i(t−1)), from a uniform prior, S_i the sum of rewards

    gaussian is the posterior if rewards are Gaussian with standard deviation σ; on other rewards it is only a way to
    explore. beta is the posterior if rewards are 0 or 1, and refuses others.
    Source: Thompson, Biometrika 25 (1933); Lattimore & Szepesvári, Bandit Algorithms, section 36.5; Agrawal & Goyal,
    COLT 2012.
    """

    posterior: str | None = None
    """gaussian or beta; null: beta if rewards are 0 or 1, otherwise gaussian"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.posterior is not None:
            self.require_choice("posterior", ("gaussian", "beta"))

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.posterior == "beta" and not problem.rewards.binary:
            raise ProblemError("needs rewards 0 and 1 for posterior=beta; gaussian takes any")

    def posterior_in(self, problem: Problem) -> str:
        """The posterior of the setting, or else the one that fits the rewards."""
        return self.posterior or ("beta" if problem.rewards.binary else "gaussian")

    def inferred(self, problem: Problem) -> dict[str, Any]:
        posterior, found = self.posterior_in(problem), super().inferred(problem)
        scale = found if posterior == "gaussian" else {}  # beta has no σ
        return scale | ({"posterior": posterior} if self.posterior is None else {})

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.key = rng.integers(2**64, size=self.runs, dtype=np.uint64)
        self.drawn = np.zeros((self.k, self.runs))
        self.beta, self.slopes = self.posterior_in(problem) == "beta", slope_table(self.n)

    def act(self, observation: Any) -> np.ndarray:
        if self.beta:
            beta(self.counts, self.total, self.slopes, self.key, self.t, self.drawn)
        else:
            gaussian(self.mean, self.width, self.scale, self.key, self.t, self.drawn)
        return self.argmax_of(self.drawn)
