"""LinUCB, the upper confidence bound algorithm for linear bandits."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np
from numba import njit

from rlnotes.agents.bandits.base.linear_agent import LinearAgent, require_known_noise
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError


@njit("void(f8[:,:,::1], f8[:,:,::1], f8[:,::1], f8[::1], f8[:,::1])", cache=True)
def bound(contexts, inverse, theta, radius, index):  # type: ignore[no-untyped-def]
    """index ← xᵀθ̂ + radius · √(xᵀV⁻¹x) of the context x of every arm, in every run."""
    runs, arms, dimension = contexts.shape
    for run in range(runs):
        for arm in range(arms):
            x, mean, square = contexts[run, arm], 0.0, 0.0
            for i in range(dimension):
                along = inverse[run, i, i] * x[i] / 2  # V⁻¹ is symmetric: half of its entries do
                for j in range(i):
                    along += inverse[run, i, j] * x[j]
                mean += x[i] * theta[run, i]
                square += 2 * x[i] * along
            index[arm, run] = mean + radius[run] * np.sqrt(max(square, 0.0))


@dataclass
class LinUCB(LinearAgent):
    """Play the arm that pays most in the best world of a confidence ellipsoid.

    A_t = argmax_a x_aᵀθ̂ + √β ‖x_a‖_{V⁻¹},    √β = √λ S + σ √(2 log(1/δ) + log(det V / λ^d)),    ‖x‖²_{V⁻¹} = xᵀV⁻¹x

    V = λI + Σ_{s<t} x_{A_s} x_{A_s}ᵀ and θ̂ = V⁻¹ Σ_{s<t} X_s x_{A_s}, for noise of a known standard deviation σ.
    The ellipsoid {θ: ‖θ − θ̂‖²_V ≤ β} holds the parameter at all times with probability 1 − δ where ‖θ‖ ≤ S.
    Source: Abbasi-Yadkori, Pál & Szepesvári, NeurIPS 2011, Theorem 2; Lattimore & Szepesvári, Bandit Algorithms,
    section 19.2 and Theorem 20.5.
    """

    delta: float | None = None
    """probability δ that the ellipsoid fails, between 0 and 1; null: 1/n, n the horizon"""

    norm: float = 1.0
    """S, the largest ‖θ‖ that is thought of, above 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delta is not None and not 0 < self.delta < 1:
            raise SettingError("delta", self.delta, "must be between 0 and 1, both excluded, or null for 1/n")
        if not 0 < self.norm < inf:
            raise SettingError("norm", self.norm, "must be a finite number above 0")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_known_noise(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.std = require_known_noise(problem)

    def act(self, observation: Any) -> np.ndarray:
        log_inverse_delta = log(self.n) if self.delta is None else -log(self.delta)
        radius = sqrt(self.regularisation) * self.norm + self.std * np.sqrt(2 * log_inverse_delta + self.log_det)
        bound(self.contexts(observation), self.inverse, self.theta, radius, self.index)
        return self.argmax_of(self.index)
