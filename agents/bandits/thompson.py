"""Thompson sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.agent import Problem, Transition
from rlnotes.agents.bandits.arms import argmax
from rlnotes.agents.bandits.bandit_agent import BanditAgent
from rlnotes.envs.errors import SettingError


@dataclass
class Thompson(BanditAgent):
    """Play the arm that is the best in a world drawn from the posterior.

    A_t = argmax_i μ̃_i
    gaussian: μ̃_i ~ N(μ̂_i(t−1), 1 / T_i(t−1)), of a flat prior, each arm once first
    beta: μ̃_i ~ Beta(1 + S_i(t−1), 1 + T_i(t−1) − S_i(t−1)), of a uniform prior, S_i the sum of rewards

    The first is for rewards of variance 1 or less, the second for rewards 0 and 1; it refuses others.
    Source: Thompson, Biometrika 25 (1933); Lattimore & Szepesvári, Bandit Algorithms, section 36.5; Agrawal & Goyal,
    COLT 2012.
    """

    posterior: str = "gaussian"
    """gaussian or beta"""

    def __post_init__(self) -> None:
        if self.posterior not in ("gaussian", "beta"):
            raise SettingError("posterior", self.posterior, "must be gaussian or beta")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.no_width = np.zeros_like(self.width)

    def act(self, observation: Any) -> np.ndarray:
        if self.posterior == "beta":
            drawn = self.rng.beta(1 + self.total, 1 + self.counts - self.total)
        else:
            drawn = self.rng.standard_normal(self.mean.shape)
            drawn *= self.width
            drawn += self.mean
        return argmax(drawn, self.no_width, 0.0, self.tie_key, self.t)

    def update(self, transition: Transition) -> None:
        reward = transition.reward
        if self.posterior == "beta" and not ((reward == 0) | (reward == 1)).all():
            bad = reward[(reward != 0) & (reward != 1)][0]
            raise SettingError("posterior", "beta", f"needs rewards 0 and 1, not {bad:.6g}; gaussian takes any")
        super().update(transition)
