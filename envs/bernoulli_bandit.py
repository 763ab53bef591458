"""The Bernoulli bandit."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.bandit import Bandit
from rlnotes.envs.errors import SettingError
from rlnotes.envs.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class BernoulliBandit(Bandit):
    """Arms that pay 1 with probability μ_a, else 0 [notes 1.1].

    The means are given or drawn from U(0, 1) in every run.
    The rewards are 1/2-subgaussian, hence 1-subgaussian.
    Source: Lattimore & Szepesvári, Bandit Algorithms, section 4.3.
    """

    rewards = Rewards(low=0.0, high=1.0, binary=True)

    def __post_init__(self, num_envs: int) -> None:
        super().__post_init__(num_envs)
        if self.means is not None and not all(0 <= mean <= 1 for mean in self.means):
            raise SettingError("means", self.means, "every mean of a Bernoulli arm must be from 0 to 1")

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.np_random.random(shape)

    def draw_rewards(self, mean: np.ndarray) -> np.ndarray:
        return (self.np_random.random(len(mean)) < mean).astype(float)
