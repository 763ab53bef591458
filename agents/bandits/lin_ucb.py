"""LinUCB, the upper confidence bound algorithm for linear bandits."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.elementary import log as logarithm
from rlnotes.base.kernels import FloatCube, FloatMatrix, FloatVector, kernel

BLOCK = 5
"""rows and columns of V⁻¹ whose products are added up in registers, and not in memory"""


@kernel()
def bound(contexts: FloatCube, inverse: FloatCube, theta: FloatMatrix, radius: FloatVector, index: FloatMatrix) -> bool:
    """index ← xᵀθ̂ + radius · √(xᵀV⁻¹x), x the context of an arm, for every arm and run.

    V⁻¹ is symmetric and read on and below its diagonal. Returns whether any index is infinite or NaN.
    """
    arms, dimension, runs = contexts.shape
    last, bad = dimension - 1, 0
    mean, square = np.empty(runs), np.empty(runs)
    for arm in range(arms):
        mean[:], square[:] = 0.0, 0.0
        for i in range(0, dimension, BLOCK):  # a row beyond the last is the last, times 0
            for j in range(0, i, BLOCK):
                for run in range(runs):
                    total = 0.0
                    for m in range(BLOCK):
                        row, along = min(i + m, last), 0.0
                        for n in range(BLOCK):
                            along += inverse[row, j + n, run] * contexts[arm, j + n, run]
                        total += along * contexts[arm, row, run] * (i + m < dimension)
                    square[run] += 2 * total
            for run in range(runs):
                total, reward = 0.0, mean[run]
                for m in range(BLOCK):
                    row = min(i + m, last)
                    x = contexts[arm, row, run] * (i + m < dimension)
                    along = inverse[row, row, run] * x / 2
                    for n in range(m):
                        column = min(i + n, last)
                        along += inverse[row, column, run] * contexts[arm, column, run]
                    total += x * along
                    reward += x * theta[row, run]
                mean[run], square[run] = reward, square[run] + 2 * total
                bonus = radius[run] * np.sqrt(max(square[run], 0.0))
                index[arm, run] = reward + bonus  # after the last block
                bad += index[arm, run] - index[arm, run] != 0
    return bad > 0


@dataclass
class LinUCB(ScaledAgent, LinearAgent):
    """Play the arm with the largest reward that a confidence ellipsoid of θ allows.

    A_t = argmax_a x_aᵀθ̂ + √β ‖x_a‖_{V⁻¹},    √β = √λ S + σ √(2 log(1/δ) + log(det V / λ^d)),    ‖x‖²_{V⁻¹} = xᵀV⁻¹x

    V = λI + Σ_{s<t} x_{A_s} x_{A_s}ᵀ and θ̂ = V⁻¹ Σ_{s<t} X_s x_{A_s}, for σ-subgaussian noise.
    If ‖θ‖ ≤ S, the ellipsoid {θ': ‖θ' − θ̂‖²_V ≤ β} contains θ at all times with probability 1 − δ. A constant α may
    replace √β, without this guarantee: then δ, S and σ have no effect. `log_det` is log(det V / λ^d) [runs].
    Source: Abbasi-Yadkori, Pál & Szepesvári, NeurIPS 2011, Theorem 2; Lattimore & Szepesvári, Bandit Algorithms,
    section 19.2 and Theorem 20.5; with α: Li, Chu, Langford & Schapire, WWW 2010.
    """

    delta: float | None = None
    """probability δ that the ellipsoid fails, between 0 and 1; null: 1/n, n the horizon"""

    norm: float = 1.0
    """S, the largest ‖θ‖ to expect, above 0"""

    alpha: float | None = None
    """α in place of √β, 0 or more; null: √β by the formula"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.delta is None or 0 < self.delta < 1
        self.require("delta", fits, "must be between 0 and 1, both excluded, or null for 1/n")
        self.require("norm", 0 < self.norm < inf, "must be a finite number above 0")
        fits = self.alpha is None or 0 <= self.alpha < inf
        self.require("alpha", fits, "must be a finite number, 0 or more, or null for √β")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.alpha is None:
            self.require_known_scale(problem)

    def inferred(self, problem: Problem) -> dict[str, Any]:
        return super().inferred(problem) if self.alpha is None else {}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.log_det = np.zeros(self.runs)

    def radius(self) -> np.ndarray:
        """√β, or α [runs]."""
        if self.alpha is not None:
            return np.full(self.runs, self.alpha)
        log_inverse_delta = log(self.n) if self.delta is None else -log(self.delta)
        return sqrt(self.regularisation) * self.norm + self.scale * np.sqrt(2 * log_inverse_delta + self.log_det)

    def act(self, observation: Any) -> np.ndarray:
        bad = bound(self.contexts(observation), self.inverse, self.theta, self.radius(), self.index)
        return self.argmax_index(bad)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        self.log_det += logarithm(self.growth)
