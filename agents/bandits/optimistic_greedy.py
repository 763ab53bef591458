"""Optimistic greedy play."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from rlnotes.agents.agent import Problem, Transition
from rlnotes.agents.bandits.bandit_agent import BanditAgent
from rlnotes.envs.errors import SettingError


@njit("void(f8[:,::1], f8, i8[::1], f8[::1])", cache=True)
def learn(mean, alpha, action, reward):  # type: ignore[no-untyped-def]
    """Q(A) ← Q(A) + α (X − Q(A)) in every run."""
    for run in range(len(action)):
        mean[action[run], run] += alpha * (reward[run] - mean[action[run], run])


@dataclass
class OptimisticGreedy(BanditAgent):
    """Play the arm of the greatest value, of values that begin too high.

    A_t = argmax_i Q_t(i),    Q_{t+1}(A_t) = Q_t(A_t) + α (X_t − Q_t(A_t)),    Q_1(i) = initial

    Each arm disappoints, and the next one is tried, until values are near what the arms pay.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), section 2.6.
    """

    initial: float = 5.0
    """Q_1, the value of every arm at the start"""

    alpha: float = 0.1
    """step size α, above 0 and at most 1"""

    def __post_init__(self) -> None:
        if not np.isfinite(self.initial):
            raise SettingError("initial", self.initial, "must be a number")
        if not 0 < self.alpha <= 1:
            raise SettingError("alpha", self.alpha, "must be above 0 and at most 1")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.mean.fill(self.initial)

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax()

    def update(self, transition: Transition) -> None:
        learn(self.mean, self.alpha, transition.action, transition.reward)
        self.t += 1
