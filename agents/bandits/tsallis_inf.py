"""Tsallis-INF, follow the regularised leader with Tsallis entropy."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent, require_unit_rewards
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel

PRECISION = 1e-12
"""of the sum of the probabilities, which is 1"""


@kernel(error_model="numpy")
def draw(
    loss: FloatMatrix, eta: float, normalisation: FloatVector, uniform: FloatVector, probability: FloatMatrix
) -> IntVector:
    """Fill `probability` [arms, runs] with 4 / (η (L̂ − x))², and draw an arm from it, per run [runs].

    Newton's method finds x, the `normalisation`, from its last value. The sum of the probabilities is convex in x and
    rises: no step from above the solution passes it. The arm with the least L̂ has at most probability 1, so
    x ≤ min L̂ − 2/η; a step from below the solution ends there at the latest.
    """
    arms, runs = loss.shape
    chosen = np.empty(runs, np.int64)
    for run in range(runs):
        most, x = loss[:, run].min() - 2 / eta, normalisation[run]
        x, total = min(x, most), 0.0
        while True:
            before, total, slope = total, 0.0, 0.0
            for arm in range(arms):
                root = 2 / (eta * (loss[arm, run] - x))
                probability[arm, run] = root * root
                total, slope = total + root * root, slope + root * root * root
            if abs(total - 1) <= PRECISION or total == before:
                break
            x = min(x - (total - 1) / (eta * slope), most)
        normalisation[run], remainder, arm = x, uniform[run] * total, 0
        while arm < arms - 1 and remainder >= probability[arm, run]:
            remainder -= probability[arm, run]
            arm += 1
        chosen[run] = arm
    return chosen


@kernel()
def add_loss(
    loss: FloatMatrix,
    probability: FloatMatrix,
    eta: float,
    baseline: float,
    action: IntVector,
    reward: FloatVector,
) -> None:
    """L̂(a) ← L̂(a) + B(a) + 1{A = a} (1 − X − B(a)) / P(a), B(a) = baseline · 1{P(a) ≥ η²}, for all arms a, per run."""
    arms, runs = loss.shape
    for arm in range(arms):
        for run in range(runs):
            p = probability[arm, run]
            b = baseline if p >= eta * eta else 0.0
            loss[arm, run] += b + ((1 - reward[run] - b) / p if action[run] == arm else 0.0)


@dataclass
class TsallisINF(BanditAgent):
    """Play by probabilities that minimise the estimated loss less an entropy.

    P_t = argmin_P Σ_i P(i) L̂_{t−1}(i) − (4/η_t) Σ_i √P(i) over probabilities P, that is,
    P_t(i) = 4 / (η_t (L̂_{t−1}(i) − x_t))²,    with the x_t that gives Σ_i P_t(i) = 1
    L̂_t(i) = L̂_{t−1}(i) + B_t(i) + 1{A_t = i} (1 − X_t − B_t(i)) / P_t(i)

    importance-weighted losses: B_t(i) = 0 and η_t = 2/√t
    losses with reduced variance: B_t(i) = ½ 1{P_t(i) ≥ η_t²} and η_t = 4/√t

    For rewards from 0 to 1. It needs no horizon. With importance weights, and rewards that are fixed in advance, the
    expected regret against the best arm in hindsight is at most 4 √(kn) + 1. If arms have means, and only one arm is
    the best, the expected regret grows at most like Σ_{Δ_a>0} log(n) / Δ_a, up to a factor. The two claims hold for
    losses with reduced variance too, with other constants.
    Source: Zimmert & Seldin, Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits, JMLR 22 (2021),
    Algorithms 1 and 2, Theorem 1.
    """

    plays_masked = False
    knows_probability = True

    reduced_variance: bool = False
    """whether losses have reduced variance; otherwise they are importance-weighted"""

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_unit_rewards(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.loss, self.probability = np.zeros((2, self.k, self.runs))
        self.normalisation = np.full(self.runs, np.inf)

    def rate(self) -> float:
        """η_t"""
        return (4 if self.reduced_variance else 2) / sqrt(self.t)

    def act(self, observation: Any) -> np.ndarray:
        return draw(self.loss, self.rate(), self.normalisation, self.rng.random(self.runs), self.probability)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.probability[action, np.arange(self.runs)]

    def update(self, transition: Transition) -> None:
        baseline = 0.5 if self.reduced_variance else 0.0
        add_loss(self.loss, self.probability, self.rate(), baseline, transition.action, transition.reward)
        self.t += 1
