"""The linear contextual bandit."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector.utils import batch_space

from rlnotes.envs.bandits.bandit import Bandit
from rlnotes.envs.errors import SettingError
from rlnotes.envs.rewards import Rewards


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

    regret_against: ClassVar[str] = "the best arm of each step's contexts"

    def settle(self) -> None:
        super().settle()
        if self.dimension < 1:
            raise SettingError("dimension", self.dimension, "must be 1 or more")
        if not 0 <= self.std < np.inf:
            raise SettingError("std", self.std, "must be a finite number, 0 or more")

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        self.shape = (num_envs, self.k, self.dimension)
        self.single_observation_space = Box(-1.0, 1.0, self.shape[1:], np.float64)
        self.observation_space = batch_space(self.single_observation_space, num_envs)

    @property
    def rewards(self) -> Rewards:  # type: ignore[override]
        return Rewards(std=self.std)

    def begin(self) -> dict[str, Any]:
        self.theta = directions(self.np_random, (self.num_envs, self.dimension))
        self.move()
        return {"theta": self.theta.copy()}

    def move(self) -> None:
        """Draw the contexts of the next step, and note what the arms are worth with them."""
        self.observation = directions(self.np_random, self.shape)
        self.means = np.einsum("rad,rd->ra", self.observation, self.theta)

    def offer(self) -> tuple[np.ndarray, np.ndarray]:
        return self.means, self.means.max(axis=1)

    def pay(self, worth: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return worth + self.std * self.np_random.standard_normal(len(worth))


def directions(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Vectors of length 1, uniform on the sphere, along the last axis."""
    drawn = rng.standard_normal(shape)
    drawn /= np.linalg.norm(drawn, axis=-1, keepdims=True)
    return np.clip(drawn, -1.0, 1.0, out=drawn)  # of one dimension, and rounding
