"""Successive elimination."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem
from rlnotes.base.kernels import BoolMatrix, FloatMatrix, IntVector, kernel


@kernel()
def eliminate(mean: FloatMatrix, width: FloatMatrix, active: BoolMatrix, bonus: float, run: int) -> None:
    """Drop the arms with μ̂_i + r_i < max_j μ̂_j − r_j, over active j, in `run`; r = bonus · width."""
    lower = -np.inf  # max_j μ̂_j − r_j
    for j in range(len(mean)):
        if active[j, run]:
            lower = max(lower, mean[j, run] - bonus * width[j, run])
    for i in range(len(mean)):
        active[i, run] &= mean[i, run] + bonus * width[i, run] >= lower


@kernel()
def next_active(active: BoolMatrix, arm: int, run: int) -> int:
    """The first active arm of `run` that is not before `arm`, or the number of arms."""
    while arm < len(active) and not active[arm, run]:
        arm += 1
    return arm


@kernel()
def proceed(mean: FloatMatrix, width: FloatMatrix, active: BoolMatrix, previous: IntVector, bonus: float) -> IntVector:
    """The next active arm after the `previous` one, per run [runs]; the last arm of a phase ends in an elimination."""
    chosen = np.empty_like(previous)
    for run in range(len(previous)):
        arm = next_active(active, previous[run] + 1, run)
        if arm == len(active):
            eliminate(mean, width, active, bonus, run)
            arm = next_active(active, 0, run)
        chosen[run] = arm
    return chosen


@dataclass
class SuccessiveElimination(ScaledAgent, BanditAgent):
    """Play all arms in turn; drop an arm once the confidence bounds show a better one.

    In each phase, each active arm once; then the arms with μ̂_i + r_i ≥ max_j μ̂_j − r_j, over active j, stay active.
    r_i = σ √(2 log(1/δ) / T_i)

    Each bound fails with probability at most δ if rewards are σ-subgaussian [notes 1.3]. Slivkins's book is for rewards
    from 0 to 1, where σ = ½, and has r_i = √(2 log(n) / T_i), which is δ = 1/n⁴ here.
    Source: Even-Dar, Mannor & Mansour, Journal of Machine Learning Research 7 (2006); Slivkins, Introduction to
    Multi-Armed Bandits, section 1.3.
    """

    plays_masked = False

    delta: float | None = None
    """probability δ that a confidence bound fails, between 0 and 1; null: 1/n², n the horizon"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.delta is None or 0 < self.delta < 1
        self.require("delta", fits, "must be between 0 and 1, both excluded, or null for 1/n²")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.active = np.ones((self.k, self.runs), bool)
        self.previous = np.full(self.runs, -1)

    def act(self, observation: Any) -> np.ndarray:
        log_inverse_delta = 2 * log(self.n) if self.delta is None else -log(self.delta)
        bonus = self.scale * sqrt(2 * log_inverse_delta)  # r_i = bonus / √T_i
        self.previous = proceed(self.mean, self.width, self.active, self.previous, bonus)
        return self.previous
