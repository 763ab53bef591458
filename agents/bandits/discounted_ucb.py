"""UCB with discounted rewards, for arms that change."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel


@kernel()
def observe(
    pulls: FloatMatrix,
    total: FloatMatrix,
    mean: FloatMatrix,
    width: FloatMatrix,
    gamma: float,
    action: IntVector,
    reward: FloatVector,
) -> None:
    """T_i ← γT_i + 1{A = i} and total_i ← γ total_i + 1{A = i} X of all arms, with μ̂_i and width √(1/T_i), per run."""
    arms, runs = pulls.shape
    for arm in range(arms):
        for run in range(runs):
            n = gamma * pulls[arm, run]
            pulls[arm, run] = n
            total[arm, run] *= gamma
            width[arm, run] = np.sqrt(1 / n) if n > 0 else 0.0
    for run in range(runs):
        a = action[run]
        n, paid = pulls[a, run] + 1, total[a, run] + reward[run]
        pulls[a, run], total[a, run] = n, paid
        mean[a, run], width[a, run] = paid / n, np.sqrt(1 / n)


@dataclass
class DiscountedUCB(ScaledAgent, BanditAgent):
    """UCB in which older rewards count less, for arms that change.

    A_t = argmax_i μ̂_i + 4σ √(ξ log(Σ_j T_j) / T_i), each arm once first
    T_i = Σ_{s<t} γ^(t−1−s) 1{A_s = i},    μ̂_i = Σ_{s<t} γ^(t−1−s) 1{A_s = i} X_s / T_i

    The source is for rewards within a range B and has B for 2σ: they are σ-subgaussian with σ = B/2.
    Source: Garivier & Moulines, On upper-confidence bound policies for switching bandit problems, ALT 2011 (and arXiv
    0805.3415); Kocsis & Szepesvári, PASCAL Challenges Workshop 2006.
    """

    gamma: float | None = None
    """discount γ, between 0 and 1; null: 1 − 1/(4 √n), n the horizon, the source's choice for one change and σ = ½"""

    xi: float = 0.6
    """ξ, above 0; the source's bound needs ξ > 1/2"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.gamma is None or 0 < self.gamma < 1
        self.require("gamma", fits, "must be between 0 and 1, both excluded, or null")
        self.require("xi", 0 < self.xi < inf, "must be a finite number above 0")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.discount = 1 - 1 / (4 * sqrt(self.n)) if self.gamma is None else self.gamma
        self.pulls = np.zeros((self.k, self.runs))

    def act(self, observation: Any) -> np.ndarray:
        all_pulls = (1 - self.discount ** (self.t - 1)) / (1 - self.discount)  # Σ_j T_j
        return self.argmax(bonus=4 * self.scale * sqrt(self.xi * log(max(1.0, all_pulls))))

    def update(self, transition: Transition) -> None:
        observe(self.pulls, self.total, self.mean, self.width, self.discount, transition.action, transition.reward)
        self.t += 1
