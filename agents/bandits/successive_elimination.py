"""Successive elimination."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np
from numba import njit

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError


@njit("i8[::1](f8[:,::1], f8[:,::1], b1[:,::1], i8[::1], f8)", cache=True)
def proceed(mean, width, active, last, bonus):  # type: ignore[no-untyped-def]
    """The next active arm after `last`, which it becomes, in every run [runs].

    After the last arm of a phase those are no longer active of which μ̂_i + r_i < max_j μ̂_j − r_j, r = bonus · width.
    """
    arms, runs = mean.shape
    for run in range(runs):
        arm = last[run] + 1
        while arm < arms and not active[arm, run]:
            arm += 1
        if arm == arms:
            lower = -np.inf
            for i in range(arms):
                if active[i, run]:
                    lower = max(lower, mean[i, run] - bonus * width[i, run])
            arm = -1
            for i in range(arms - 1, -1, -1):
                active[i, run] &= mean[i, run] + bonus * width[i, run] >= lower
                arm = i if active[i, run] else arm
        last[run] = arm
    return last.copy()


@dataclass
class SuccessiveElimination(BanditAgent):
    """Play all arms in turn, and no longer one that another is surely better than.

    In each phase, each active arm once; then those with μ̂_i + r_i ≥ max_j μ̂_j − r_j, over active j, stay active.
    r_i = √(2 log(1/δ) / T_i)

    Each bound fails with probability at most δ where rewards are 1-subgaussian [notes 1.3]. The source is for rewards
    from 0 to 1, which are ½-subgaussian, and has δ = 1/n.
    Source: Even-Dar, Mannor & Mansour, Journal of Machine Learning Research 7 (2006); Slivkins, Introduction to
    Multi-Armed Bandits, section 1.3.
    """

    delta: float | None = None
    """probability δ that a confidence bound fails, between 0 and 1; null: 1/n², n the horizon"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delta is not None and not 0 < self.delta < 1:
            raise SettingError("delta", self.delta, "must be between 0 and 1, both excluded, or null for 1/n²")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.active = np.ones((self.k, self.runs), bool)
        self.last = np.full(self.runs, -1)

    def act(self, observation: Any) -> np.ndarray:
        log_inverse_delta = 2 * log(self.n) if self.delta is None else -log(self.delta)
        chosen: np.ndarray = proceed(self.mean, self.width, self.active, self.last, sqrt(2 * log_inverse_delta))
        return chosen
