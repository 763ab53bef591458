"""The Beta bandit, whose rewards lie in [0, 1]."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class BetaBandit(StochasticBandit):
    """Arms that pay X ~ Beta(c μ_a, c (1 − μ_a)), in [0, 1].

    The mean is μ_a, the variance μ_a (1 − μ_a) / (c + 1). The means are given, or drawn from U(0, 1) in every run; with
    `gap` the best mean is ½.
    A reward is the quantile of one uniform number: with common random numbers an arm of a higher mean pays more.
    Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, vol. 2 (2nd ed.), chapter 25.
    """

    concentration: float = 2.0
    """c, above 0 and at most 1e12; the larger it is, the closer rewards are to their mean"""

    rewards = Rewards(low=0.0, high=1.0)
    limits = (0.0, 1.0)
    best = 0.5

    def complete_settings(self) -> None:
        super().complete_settings()
        # Up to 1e12 the quantiles are accurate to a thousandth of the standard deviation.
        self.require("concentration", 0 < self.concentration <= 1e12, "must be above 0 and at most 1e12")

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.stream.random(shape)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        c, tiny = self.concentration, np.finfo(float).tiny  # a or b = 0 has no quantiles; tiny gives the limit, 0 or 1
        a, b = np.maximum(c * value, tiny), np.maximum(c * (1 - value), tiny)
        return betaincinv(a, b, self.stream.random(len(value)))
