"""UCB1-tuned, whose confidence uses an upper bound on the variance of the rewards."""

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.variance_agent import VarianceAgent
from rlnotes.base.kernels import FloatMatrix, kernel


@kernel()
def bound(
    mean: FloatMatrix, deviation: FloatMatrix, width: FloatMatrix, log_t: float, b: float, index: FloatMatrix
) -> None:
    """index ← μ̂ + √(log_t min{b²/4, V + b² √(2 log_t / T)} / T), for every arm and run."""
    arms, runs = mean.shape
    for arm in range(arms):
        for run in range(runs):
            inverse, variance = width[arm, run] * width[arm, run], deviation[arm, run] * deviation[arm, run]  # 1/T, V/T
            most = variance + b * b * np.sqrt(2 * log_t * inverse) * inverse
            index[arm, run] = mean[arm, run] + np.sqrt(log_t * min(b * b / 4 * inverse, most))


@dataclass
class UCBTuned(VarianceAgent):
    """UCB1 for bounded rewards that explores less if rewards vary less.

    A_t = argmax_i μ̂_i + √(log(t−1) / T_i · min{b²/4, V_i + b² √(2 log(t−1) / T_i)}), each arm once first

    V_i is the mean square of the deviations from μ̂_i, and b the range of the rewards; T_i, μ̂_i and V_i are of the
    rewards before t. No variance exceeds b²/4. The source has b = 1. It proves no bound on the regret; in its
    experiments the regret was less than that of UCB1.
    Source: Auer, Cesa-Bianchi & Fischer, Machine Learning 47 (2002), section 4.
    """

    def act(self, observation: Any) -> np.ndarray:
        log_t = log(max(self.t - 1, 1))
        bound(self.mean, self.deviation, self.width, log_t, self.b, self.index)
        return self.argmax_of(self.index)
