"""UCB-V, whose confidence uses the empirical variance of the rewards."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.variance_agent import VarianceAgent
from rlnotes.base.kernels import FloatMatrix, kernel


@kernel()
def bound(
    mean: FloatMatrix,
    deviation: FloatMatrix,
    width: FloatMatrix,
    by_deviation: float,
    by_range: float,
    index: FloatMatrix,
) -> None:
    """index ← μ̂ + by_deviation · √(V/T) + by_range / T, for every arm and run."""
    arms, runs = mean.shape
    for arm in range(arms):
        for run in range(runs):
            inverse = width[arm, run] * width[arm, run]  # 1/T
            index[arm, run] = mean[arm, run] + by_deviation * deviation[arm, run] + by_range * inverse


@dataclass
class UCBV(VarianceAgent):
    """UCB for bounded rewards that explores less if rewards vary less.

    A_t = argmax_i μ̂_i + √(2 V_i E_t / T_i) + 3 c b E_t / T_i,    E_t = ζ log t, each arm once first

    V_i is the mean square of the deviations from μ̂_i, and b the range of the rewards; T_i, μ̂_i and V_i are of the
    rewards before t. For c = 1, ζ = 1.2 and n ≥ 2 the regret is at most 10 Σ_{a: Δ_a > 0} (σ_a² / Δ_a + 2b) log n.
    Source: Audibert, Munos & Szepesvári, Theoretical Computer Science 410 (2009).
    """

    zeta: float = 1.2
    """factor ζ of the exploration, above 0; the source's bound needs ζ > 1"""

    c: float = 1.0
    """factor c of the term with the range b, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("zeta", 0 < self.zeta < inf, "must be a finite number above 0")
        self.require("c", 0 <= self.c < inf, "must be a finite number, 0 or more")

    def act(self, observation: Any) -> np.ndarray:
        exploration = self.zeta * log(self.t)  # E_t
        by_deviation, by_range = sqrt(2 * exploration), 3 * self.c * self.b * exploration
        bound(self.mean, self.deviation, self.width, by_deviation, by_range, self.index)
        return self.argmax_of(self.index)
