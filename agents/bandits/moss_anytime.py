"""MOSS without a horizon."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_kernels import store
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.elementary import log as logarithm
from rlnotes.base.kernels import FloatMatrix, kernel


@kernel()
def bound(
    mean: FloatMatrix,
    width: FloatMatrix,
    log_count: FloatMatrix,
    log_share: float,
    factor: float,
    index: FloatMatrix,
) -> None:
    """index ← μ̂ + factor · √(log⁺(share / T) / T), share = t/k, for every arm and run."""
    arms, runs = mean.shape
    for arm in range(arms):
        for run in range(runs):
            level = max(log_share - log_count[arm, run], 0.0)  # log⁺(share / T)
            index[arm, run] = mean[arm, run] + factor * np.sqrt(level) * width[arm, run]


@dataclass
class MOSSAnytime(ScaledAgent, BanditAgent):
    """MOSS whose confidence depends on the time t, so that it needs no horizon.

    A_t = argmax_i μ̂_i(t−1) + σ √(2 (1 + α) / T_i(t−1) · log⁺(t / (k T_i(t−1)))), each arm once first
    log⁺ x = log max(1, x)

    For σ-subgaussian rewards. The source is for rewards from 0 to 1, where σ = ½.
    Source: Degenne & Perchet, Anytime optimal algorithms in stochastic multi-armed bandits, ICML 2016.
    """

    alpha: float = 1.35
    """α, above 0; the source's choice for the smallest factor of √(kn) in its bound"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("alpha", 0 < self.alpha < inf, "must be a finite number above 0")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.log_count = np.zeros((self.k, self.runs))

    def act(self, observation: Any) -> np.ndarray:
        factor = self.scale * sqrt(2 * (1 + self.alpha))
        bound(self.mean, self.width, self.log_count, log(self.t / self.k), factor, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        store(logarithm(self.played_count), transition.action, self.log_count)
