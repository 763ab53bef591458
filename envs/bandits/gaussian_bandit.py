"""The Gaussian bandit."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.envs.base.rewards import Rewards


@dataclass(eq=False, kw_only=True)
class GaussianBandit(StochasticBandit):
    """Arms that pay X ~ N(μ_a, std²) [notes 1.1].

    The means are given, or drawn from N(0, 1) in every run; with `gap` the best mean is 0.
    With std = 1 the rewards are 1-subgaussian, as [notes 1.3] requires.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), section 2.3 (the ten-armed testbed).
    """

    std: Any = 1.0
    """standard deviation of a reward, 0 or more: one number, or a list with one for every arm"""

    def complete_settings(self) -> None:
        super().complete_settings()
        assert self.arms is not None
        single = not isinstance(self.std, list | tuple | np.ndarray)
        try:
            deviations = np.array([self.std] * self.arms if single else self.std, float)
        except (TypeError, ValueError):
            deviations = np.array([np.nan])
        fits = deviations.shape == (self.arms,) and bool(((deviations >= 0) & (deviations < np.inf)).all())
        self.require("std", fits, f"must be a finite number, 0 or more, or a list of {self.arms}, one for every arm")
        self.std = float(self.std) if single else deviations.tolist()
        self.deviations = None if single else deviations
        self.rewards = Rewards(std=float(deviations.max()))

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return self.stream.standard_normal(shape)

    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        if self.deviations is None:
            return self.stream.normal(value, self.std)
        return self.stream.normal(value, 1.0, self.deviations[actions])
