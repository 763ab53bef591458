"""The linear contextual bandit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector.utils import batch_space
from numba import njit

from rlnotes.base.random_streams import fastest
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.rewards import Rewards


@njit("void(f8[:,:,::1], f8[:,::1], f8[:,::1])", cache=True)
def describe(contexts, theta, means):  # type: ignore[no-untyped-def]
    """x ← x / ‖x‖ and mean ← ⟨θ, x⟩ of every context, in every run: of normals directions, uniform on the sphere."""
    runs, arms, dimension = contexts.shape
    for run in range(runs):
        for arm in range(arms):
            x, square, mean = contexts[run, arm], 0.0, 0.0
            for i in range(dimension):
                square += x[i] * x[i]
            shrink = 1 / np.sqrt(square)
            for i in range(dimension):
                x[i] = min(max(x[i] * shrink, -1.0), 1.0)  # of one dimension, and rounding
                mean += x[i] * theta[run, i]
            means[run, arm] = mean


@dataclass(eq=False, kw_only=True)
class LinearBandit(Bandit):
    """Arms that pay X = ⟨θ, x_a⟩ + N(0, std²), of a context x_a that is seen.

    The observation is the contexts [arms, dimension], vectors of length 1 drawn afresh in every step, uniformly; so is
    the hidden parameter θ, once in every run. The regret of a step is max_b ⟨θ, x_b⟩ − ⟨θ, x_a⟩; `reset` returns
    `theta` [num_envs, dimension] in `info`.
    Source: Lattimore & Szepesvári, Bandit Algorithms, chapter 19.
    """

    dimension: int = 5
    """d of a context, 1 or more"""

    std: float = 1.0
    """standard deviation of the noise, 0 or more"""

    regret_against = "the best arm of each step's contexts"

    def settle(self) -> None:
        super().settle()
        self.require_at_least("dimension", 1)
        self.require("std", 0 <= self.std < np.inf, "must be a finite number, 0 or more")
        self.rewards = Rewards(std=self.std)

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        self.shape = (num_envs, self.k, self.dimension)
        self.single_observation_space = Box(-1.0, 1.0, self.shape[1:], np.float64)
        self.observation_space = batch_space(self.single_observation_space, num_envs)

    def begin(self) -> dict[str, Any]:
        self.luck = fastest(self.np_random)
        self.theta = self.luck.standard_normal((self.num_envs, self.dimension))
        self.theta /= np.linalg.norm(self.theta, axis=1, keepdims=True)
        self.move()
        return {"theta": self.theta.copy()}

    def move(self) -> None:
        """Draw the contexts of the next step, and note what the arms are worth with them."""
        contexts: np.ndarray = self.luck.standard_normal(self.shape)
        self.means = np.empty(self.shape[:2])
        describe(contexts, self.theta, self.means)
        self.observation = contexts

    def offer(self) -> tuple[np.ndarray, np.ndarray]:
        return self.means, self.means.max(axis=1)

    def pay(self, worth: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return worth + self.std * self.np_random.standard_normal(len(worth))
