"""ETC, explore then commit [notes 1.7]."""

from dataclasses import dataclass
from math import ceil, inf, log
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem


@dataclass
class ETC(ScaledAgent, BanditAgent):
    """Explore, then commit to the best empirical arm [notes 1.7].

    Play each arm m times, then the best empirical arm for ever:
    A_t = (t − 1) mod k for t ≤ mk, then argmax_i μ̂_i(mk)

    m = `pulls` if given,
    m = max{1, ⌈4σ²/Δ² · log(nΔ²/(4σ²))⌉} if the `gap` Δ is given, for σ-subgaussian rewards [notes 1.7, where σ = 1],
    m = ⌈(n/k)^(2/3) (log n)^(1/3)⌉ otherwise, which balances mk against the error of committing.
    Source: Lattimore & Szepesvári, Bandit Algorithms, Algorithm 1 and (6.5); Slivkins, Introduction to Multi-Armed
    Bandits, Theorem 1.5, for the last m.
    """

    plays_masked = False

    pulls: int | None = None
    """pulls m of each arm before committing, 1 or more"""

    gap: float | None = None
    """suboptimality gap Δ of two arms, above 0, from which the best m is computed"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pulls is not None:
            self.require_whole("pulls", 1)
        self.require("gap", self.gap is None or 0 < self.gap < inf, "must be a finite number above 0, or null")
        one = self.pulls is None or self.gap is None
        self.require("gap", one, f"must be null if pulls={self.pulls} is given: one of them sets m")

    def inferred(self, problem: Problem) -> dict[str, Any]:
        return super().inferred(problem) if self.gap is not None else {}  # σ matters only beside a gap

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.m = self.exploration(self.n, self.k, self.scale)

    def exploration(self, n: int, k: int, scale: float = 1.0) -> int:
        """Pulls m of each arm for a horizon n, k arms and rewards with the scale σ."""
        if self.pulls is not None:
            return self.pulls
        if self.gap is not None:
            if scale == 0:
                return 1
            # log(nΔ²/(4σ²)) without overflow for a tiny or huge gap
            log_term = log(n) + 2 * (log(self.gap / 2) - log(scale))
            return max(1, ceil((2 * scale / self.gap) ** 2 * log_term)) if log_term > 0 else 1
        return max(1, ceil(pow(n / k, 2 / 3) * pow(log(n), 1 / 3)))

    def act(self, observation: Any) -> np.ndarray:
        if self.t <= self.m * self.k:
            return np.full(self.runs, (self.t - 1) % self.k)
        if self.t == self.m * self.k + 1:
            self.committed = self.argmax()
        return self.committed
