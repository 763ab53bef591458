"""Exp3, exponential weights for exploration and exploitation."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent, require_unit_rewards
from rlnotes.agents.bandits.base.softmax_draws import draw
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel


@kernel()
def add_loss(loss: FloatMatrix, probability: FloatMatrix, gamma: float, action: IntVector, reward: FloatVector) -> None:
    """L̂(A) ← L̂(A) + (1 − X) / (P(A) + γ), per run."""
    for run in range(len(action)):
        a = action[run]
        loss[a, run] += (1 - reward[run]) / (probability[a, run] + gamma)


@dataclass
class Exp3(BanditAgent):
    """Play by weights that fall exponentially with the estimated loss.

    P_t(i) = exp(−η L̂_{t−1}(i)) / Σ_j exp(−η L̂_{t−1}(j)),    L̂_t(i) = L̂_{t−1}(i) + 1{A_t = i} (1 − X_t) / P_t(i)

    For rewards from 0 to 1. With the default η, and rewards that are fixed in advance, the expected regret against the
    best arm in hindsight is at most √(2nk log k). The source writes Ŝ_t(i) = t − L̂_t(i), which gives the same P.
    Source: Auer, Cesa-Bianchi, Freund & Schapire, SIAM Journal on Computing 32 (2002); Lattimore & Szepesvári, Bandit
    Algorithms, Algorithm 9 and Theorem 11.2.
    """

    plays_masked = False
    knows_probability = True

    eta: float | None = None
    """learning rate η, above 0; null: √(2 log k / (nk)), n the horizon"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("eta", self.eta is None or 0 < self.eta < inf, "must be a finite number above 0, or null")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_unit_rewards(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.loss, self.probability = np.zeros((2, self.k, self.runs))

    def rate(self) -> float:
        """η"""
        return sqrt(2 * log(self.k) / (self.n * self.k)) if self.eta is None else self.eta

    def act(self, observation: Any) -> np.ndarray:
        return draw(self.loss, -self.rate(), self.rng.random(self.runs), self.probability)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.probability[action, np.arange(self.runs)]

    def update(self, transition: Transition) -> None:
        add_loss(self.loss, self.probability, 0.0, transition.action, transition.reward)
        self.t += 1
