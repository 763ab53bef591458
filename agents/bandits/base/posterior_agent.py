"""The base of agents that know the posterior of every arm's mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, ProblemError


@dataclass
class PosteriorAgent(ScaledAgent, BanditAgent):
    """An agent whose belief about the mean of arm i, after T_i rewards with the sum S_i = T_i μ̂_i, is one of

    gaussian: N(μ̂_i, σ² / T_i), from a flat prior, each arm once first
    beta: Beta(1 + S_i, 1 + T_i − S_i), from a uniform prior

    gaussian is the posterior if rewards are Gaussian with standard deviation σ. beta is the posterior if rewards are 0
    or 1, and refuses others. `beta` says whether it is used.
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
        self.beta = self.posterior_in(problem) == "beta"
