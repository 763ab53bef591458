"""Greedy play with optimistic initial values."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, IntVector, kernel


@kernel()
def learn(counts: IntMatrix, value: FloatMatrix, alpha: float, action: IntVector, reward: FloatVector) -> None:
    """T(A) ← T(A) + 1, Q(A) ← Q(A) + α (X − Q(A)), per run; alpha = 0 stands for α = 1/T(A)."""
    for run in range(len(action)):
        a = action[run]
        counts[a, run] += 1
        value[a, run] += (alpha or 1 / counts[a, run]) * (reward[run] - value[a, run])


@dataclass
class OptimisticGreedy(BanditAgent):
    """Play the arm with the largest value, from initial values that are too high.

    A_t = argmax_i Q_t(i) with probability 1 − ε, uniform with probability ε,
    Q_{t+1}(A_t) = Q_t(A_t) + α (X_t − Q_t(A_t)),    Q_1(i) = initial

    Each arm pays less than its value, so the next one is tried, until all values are near the mean rewards. With
    initial = 0 and ε above 0 it is the source's ε-greedy with realistic initial values.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), sections 2.2 to 2.6.
    """

    initial: float = 5.0
    """Q_1, the value of every arm at the start"""

    alpha: float | None = 0.1
    """step size α, above 0 and at most 1; null: 1/T_i, so that values are means and forget the initial one at once"""

    epsilon: float = 0.0
    """probability ε of a random arm, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("initial", -inf < self.initial < inf, "must be a finite number")
        self.require("alpha", self.alpha is None or 0 < self.alpha <= 1, "must be above 0 and at most 1, or null")
        self.require_probability("epsilon")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.mean.fill(self.initial)

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax_or_any(self.epsilon) if self.epsilon else self.argmax()

    def update(self, transition: Transition) -> None:
        learn(self.counts, self.mean, self.alpha or 0.0, transition.action, transition.reward)
        self.t += 1
