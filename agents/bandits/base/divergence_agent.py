"""The base of agents whose index uses the Kullback–Leibler divergence d(p, q) of two means."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent, require_unit_rewards
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.base.kernels import FloatMatrix, IntVector, kernel


@kernel()
def observe_entropy(mean: FloatMatrix, entropy: FloatMatrix, action: IntVector) -> None:
    """p log p + (1 − p) log(1 − p) of the mean p of the played arm, per run."""
    for run in range(len(action)):
        p = mean[action[run], run]
        entropy[action[run], run] = p * np.log(p) + (1 - p) * np.log1p(-p) if 0 < p < 1 else 0.0


@dataclass
class DivergenceAgent(BanditAgent):
    """An agent that compares two means by the divergence of their distributions.

    bernoulli: d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: d(p, q) = (p − q)² / (2σ²), for rewards whose standard deviation σ is known

    `entropy` [arms, runs] is p log p + (1 − p) log(1 − p) of every mean p (bernoulli only). With it, one log q and one
    log(1 − q) serve all arms.
    """

    divergence: str | None = None
    """bernoulli or gaussian; null: bernoulli if rewards are from 0 to 1, otherwise gaussian"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.divergence in (None, "bernoulli", "gaussian")
        self.require("divergence", fits, "must be bernoulli, gaussian or null")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        low, high, std, _ = problem.rewards
        if self.divergence == "bernoulli":
            require_unit_rewards(problem)
        elif self.divergence == "gaussian" and std is None:
            raise ProblemError("needs rewards whose standard deviation is known")
        elif std is None and not 0 <= low <= high <= 1:
            raise ProblemError("needs rewards from 0 to 1, or whose standard deviation is known")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        low, high, std, _ = problem.rewards
        self.bernoulli = self.divergence == "bernoulli" or (self.divergence is None and 0 <= low <= high <= 1)
        self.std = std or 0.0
        self.entropy, self.index = np.zeros((2, self.k, self.runs))

    def update(self, transition: Transition) -> None:
        super().update(transition)
        if self.bernoulli:
            observe_entropy(self.mean, self.entropy, transition.action)
