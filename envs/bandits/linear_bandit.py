"""The linear contextual bandit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector.utils import batch_space

from rlnotes.base.kernels import FloatCube, FloatMatrix, FloatVector, kernel
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.rewards import Rewards


@kernel()
def normalise(contexts: FloatCube, theta: FloatMatrix, means: FloatMatrix, best: FloatVector) -> None:
    """x ← x / ‖x‖, mean ← ⟨θ, x⟩ of every context in every run, and the largest mean of the run.

    Normal numbers become uniform on the sphere.
    """
    runs, arms, dimension = contexts.shape
    for run in range(runs):
        best[run] = -np.inf
        for arm in range(arms):
            x, square, mean = contexts[run, arm], 0.0, 0.0
            for i in range(dimension):
                square += x[i] * x[i]
            shrink = 1 / np.sqrt(square)
            for i in range(dimension):
                x[i] = min(max(x[i] * shrink, -1.0), 1.0)  # in one dimension rounding can exceed 1
                mean += x[i] * theta[run, i]
            means[run, arm], best[run] = mean, max(best[run], mean)


@dataclass(eq=False, kw_only=True)
class LinearBandit(Bandit):
    """Arms that pay X = ⟨θ, x_a⟩ + N(0, std²); the contexts x_a are observed.

    The observation is the contexts [arms, dimension], vectors of length 1, drawn uniformly in every step. The hidden
    parameter θ, also of length 1, is drawn once in every run. The regret of a step is max_b ⟨θ, x_b⟩ − ⟨θ, x_a⟩.
    `reset` returns `theta` [num_envs, dimension] in `info`. Agents for other bandits, such as ucb, ignore the contexts.
    Source: Lattimore & Szepesvári, Bandit Algorithms, chapter 19.
    """

    dimension: int = 5
    """dimension d of a context, 1 or more"""

    std: float = 1.0
    """standard deviation of the noise, 0 or more"""

    regret_against = "the best arm of each step's contexts"

    def complete_settings(self) -> None:
        super().complete_settings()
        self.require_at_least("dimension", 1)
        self.require("std", 0 <= self.std < np.inf, "must be a finite number, 0 or more")
        self.rewards = Rewards(std=self.std)

    def check_memory(self, runs: int) -> None:
        super().check_memory(runs)
        assert self.arms is not None
        require_memory("dimension", self.dimension, 16 * runs * self.arms * self.dimension)

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        self.shape = (num_envs, self.k, self.dimension)
        self.single_observation_space = Box(-1.0, 1.0, self.shape[1:], np.float64)
        self.observation_space = batch_space(self.single_observation_space, num_envs)

    def begin(self) -> dict[str, Any]:
        self.theta = self.stream.standard_normal((self.num_envs, self.dimension))
        self.theta /= np.linalg.norm(self.theta, axis=1, keepdims=True)
        self.advance()
        return {"theta": self.theta.copy()}

    def advance(self) -> None:
        """Draw the contexts of the next step and compute the mean of each arm."""
        contexts: np.ndarray = self.stream.standard_normal(self.shape)
        self.means, self.best = np.empty(self.shape[:2]), np.empty(self.num_envs)
        normalise(contexts, self.theta, self.means, self.best)
        self.observation = contexts

    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        return self.means, self.best

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return self.stream.normal(value, self.std)
