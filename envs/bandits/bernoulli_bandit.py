"""The Bernoulli bandit."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class BernoulliBandit(StochasticBandit):
    """Arms that pay 1 with probability μ_a, else 0 [notes 1.1].

    The means are given, or drawn from U(0, 1) in every run; with `gap` the best mean is ½.
    The rewards are 1/2-subgaussian, hence 1-subgaussian.
    Source: Lattimore & Szepesvári, Bandit Algorithms, section 4.3.
    """

    rewards = Rewards(low=0.0, high=1.0, binary=True)
    limits = (0.0, 1.0)
    best = 0.5

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.stream.random(shape)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return self.stream.bernoulli(value)
