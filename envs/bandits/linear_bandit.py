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


@kernel(error_model="numpy")
def normalise(contexts: FloatCube, theta: FloatMatrix, means: FloatMatrix, best: FloatVector) -> None:
    """x ← x / ‖x‖ of every context x in every run, their means ⟨θ, x⟩ [runs, arms], and the largest of each run.

    Normal numbers become uniform on the sphere. `contexts` is [arms, dimension, runs], `theta` [dimension, runs].
    """
    arms, dimension, runs = contexts.shape
    best[:] = -np.inf
    shrink, by_arm = np.empty(runs), np.zeros((arms, runs))
    for arm in range(arms):
        mean = by_arm[arm]
        shrink[:] = 0.0
        for i in range(dimension):
            x = contexts[arm, i]
            for run in range(runs):
                shrink[run] += x[run] * x[run]
        for run in range(runs):
            shrink[run] = 1 / np.sqrt(shrink[run])
        for i in range(dimension):
            x, weight = contexts[arm, i], theta[i]
            for run in range(runs):
                x[run] = min(max(x[run] * shrink[run], -1.0), 1.0)  # in one dimension rounding can exceed 1
                mean[run] += x[run] * weight[run]
        for run in range(runs):
            best[run] = max(best[run], mean[run])
    means[:] = by_arm.T  # all at once: each run's means lie together


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
        self.single_observation_space = Box(-1.0, 1.0, (self.k, self.dimension), np.float64)
        self.observation_space = batch_space(self.single_observation_space, num_envs)

    def begin(self) -> dict[str, Any]:
        self.theta = self.stream.standard_normal((self.dimension, self.num_envs))
        self.theta /= np.linalg.norm(self.theta, axis=0)
        self.advance()
        return {"theta": self.theta.T.copy()}

    def advance(self) -> None:
        """Draw the contexts of the next step and compute the mean of each arm."""
        contexts = self.stream.standard_normal((self.k, self.dimension, self.num_envs))  # runs last, for speed
        self.means, self.best = np.empty((self.num_envs, self.k)), np.empty(self.num_envs)
        normalise(contexts, self.theta, self.means, self.best)
        self.observation = contexts.transpose(2, 0, 1)

    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        return self.means, self.best

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return self.stream.normal(value, self.std)
