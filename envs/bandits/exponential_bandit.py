"""The exponential bandit, whose rewards have a heavy tail."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class ExponentialBandit(StochasticBandit):
    """Arms that pay X ≥ 0 with density exp(−x / μ_a) / μ_a.

    The standard deviation is the mean μ_a. The means are given, or drawn from U(0, 1) in every run; with `gap` the best
    mean is 1. The rewards are not subgaussian, so the assumption of UCB and related algorithms does not hold.
    Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, vol. 1 (2nd ed.), chapter 19; as a
    bandit, Cappé, Garivier, Maillard, Munos & Stoltz, Annals of Statistics 41 (2013).
    """

    rewards = Rewards(low=0.0)
    limits = (0.0, np.inf)
    best = 1.0

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.stream.random(shape)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return value * self.stream.standard_exponential(len(value))
