"""The gradient bandit."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.softmax_draws import draw
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel


@kernel()
def climb(preference: FloatMatrix, policy: FloatMatrix, action: IntVector, step: FloatVector) -> None:
    """H(a) ← H(a) + step · (1{a = A} − π(a)) for all arms a, per run."""
    arms, runs = preference.shape
    for arm in range(arms):
        for run in range(runs):
            preference[arm, run] += step[run] * ((action[run] == arm) - policy[arm, run])


@dataclass
class GradientBandit(BanditAgent):
    """Climb the expected reward by gradient steps on preferences for the arms.

    π_t(a) = exp H_t(a) / Σ_b exp H_t(b),    H_{t+1}(a) = H_t(a) + α (X_t − X̄_t) (1{a = A_t} − π_t(a))    for all a

    X̄_t is the mean of the rewards before t, and X_1 for t = 1; without a baseline it is 0.
    Source: Williams, Machine Learning 8 (1992); Sutton & Barto, Reinforcement Learning (2nd ed.), section 2.8.
    """

    plays_masked = False
    knows_probability = True

    alpha: float = 0.1
    """step size α, above 0"""

    baseline: bool = True
    """whether to subtract the mean reward X̄_t"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("alpha", 0 < self.alpha < inf, "must be a finite number above 0")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.preference, self.policy = np.zeros((2, self.k, self.runs))
        self.mean_reward = np.zeros(self.runs)

    def act(self, observation: Any) -> np.ndarray:
        return draw(self.preference, 1.0, self.rng.random(self.runs), self.policy)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.policy[action, np.arange(self.runs)]

    def update(self, transition: Transition) -> None:
        reward = transition.reward
        if self.baseline and self.t == 1:
            self.mean_reward = reward.copy()
        climb(self.preference, self.policy, transition.action, self.alpha * (reward - self.mean_reward))
        if self.baseline:
            self.mean_reward += (reward - self.mean_reward) / self.t
        self.t += 1
