"""The Gaussian bandit."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.bandit import Bandit
from rlnotes.envs.errors import SettingError
from rlnotes.envs.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class GaussianBandit(Bandit):
    """Arms that pay X ~ N(μ_a, std²) [notes 1.1].

    The means are given or drawn from N(0, 1) in every run.
    With std = 1 the rewards are 1-subgaussian, as [notes 1.3] asks.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), section 2.3 (the ten-armed testbed).
    """

    std: float = 1.0
    """standard deviation of a reward, 0 or more"""

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        if not 0 <= self.std < np.inf:
            raise SettingError("std", self.std, "must be a finite number, 0 or more")

    @property
    def rewards(self) -> Rewards:
        return Rewards(std=self.std)

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.np_random.standard_normal(shape)

    def draw_rewards(self, mean: np.ndarray) -> np.ndarray:
        return mean + self.std * self.np_random.standard_normal(len(mean))
