"""UCB-V, whose confidence is by the variance of what was paid."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np
from numba import njit

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.base.errors import SettingError


@njit("void(f8[:,::1], f8[:,::1], f8[:,::1], f8, f8, f8[:,::1])", cache=True)
def bound(mean, deviation, width, by_deviation, by_range, index):  # type: ignore[no-untyped-def]
    """index ← μ̂ + by_deviation · √(V/T) + by_range / T of all arms, in every run."""
    arms, runs = mean.shape
    for arm in range(arms):
        for run in range(runs):
            inverse = width[arm, run] * width[arm, run]
            index[arm, run] = mean[arm, run] + by_deviation * deviation[arm, run] + by_range * inverse


@njit("void(i8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1], i8[::1], f8[::1], f8)", cache=True)
def spread(counts, mean, squares, deviation, action, reward, low):  # type: ignore[no-untyped-def]
    """Σ(X − low)² and √(V/T) of the arm played, in every run, after T and μ̂ were updated.

    V = Σ(X − low)²/T − (μ̂ − low)² loses nothing that the range of the rewards would not hide.
    """
    for run in range(len(action)):
        a, above = action[run], reward[run] - low
        squares[a, run] += above * above
        n, above = counts[a, run], mean[a, run] - low
        deviation[a, run] = np.sqrt(max(squares[a, run] / n - above * above, 0.0) / n)


@dataclass
class UCBV(BanditAgent):
    """UCB that explores less where rewards vary less, for bounded rewards.

    A_t = argmax_i μ̂_i + √(2 V_i E_t / T_i) + 3 c b E_t / T_i,    E_t = ζ log t, each arm once first

    μ̂_i, T_i and V_i, the mean square of the deviations from μ̂_i, are of the rewards before t, whose range is b.
    For c = 1 and ζ = 1.2 the regret is at most 10 Σ_{a: Δ_a > 0} (σ_a² / Δ_a + 2b) log n.
    Source: Audibert, Munos & Szepesvári, Theoretical Computer Science 410 (2009).
    """

    zeta: float = 1.2
    """factor ζ of the exploration, above 0; the bound needs it above 1"""

    c: float = 1.0
    """factor of what is owed to the range b, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.zeta < inf:
            raise SettingError("zeta", self.zeta, "must be a finite number above 0")
        if not 0 <= self.c < inf:
            raise SettingError("c", self.c, "must be a finite number, 0 or more")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        low, high = problem.rewards.low, problem.rewards.high
        if not high - low < inf:
            raise ProblemError(f"needs bounded rewards, not from {low:g} to {high:g}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.low, self.b = problem.rewards.low, problem.rewards.high - problem.rewards.low
        self.squares, self.deviation, self.index = np.zeros((3, self.k, self.runs))

    def act(self, observation: Any) -> np.ndarray:
        exploration = self.zeta * log(self.t)
        by_deviation, by_range = sqrt(2 * exploration), 3 * self.c * self.b * exploration
        bound(self.mean, self.deviation, self.width, by_deviation, by_range, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        _, action, reward, *_ = transition
        spread(self.counts, self.mean, self.squares, self.deviation, action, reward, self.low)
