"""The Beta bandit, whose rewards are from 0 to 1."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from rlnotes.base.errors import SettingError
from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class BetaBandit(StochasticBandit):
    """Arms that pay X ~ Beta(c μ_a, c (1 − μ_a)), from 0 to 1.

    Their mean is μ_a, their variance μ_a (1 − μ_a) / (c + 1). The means are given or drawn from U(0, 1) in every run;
    with `gap` the best is ½.
    A reward is the quantile of one uniform number, so that under equal luck an arm of a higher mean pays more.
    Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, vol. 2 (2nd ed.), chapter 25.
    """

    concentration: float = 2.0
    """c, above 0 and at most 1e12: the larger, the nearer rewards are to their mean"""

    rewards = Rewards(low=0.0, high=1.0)
    limits = (0.0, 1.0)
    best = 0.5

    def settle(self) -> None:
        super().settle()
        if not 0 < self.concentration <= 1e12:  # up to there quantiles are right to a thousandth of the std
            raise SettingError("concentration", self.concentration, "must be above 0 and at most 1e12")

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.np_random.random(shape)

    def pay(self, worth: np.ndarray, actions: np.ndarray) -> np.ndarray:
        c, tiny = self.concentration, np.finfo(float).tiny  # Beta(0, c) and Beta(c, 0) pay 0 and 1, as their limits do
        a, b = np.maximum(c * worth, tiny), np.maximum(c * (1 - worth), tiny)
        return betaincinv(a, b, self.np_random.random(len(worth)))
