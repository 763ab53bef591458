"""Thompson sampling for linear bandits."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem
from rlnotes.base.kernels import FloatCube, FloatMatrix, kernel


@kernel(error_model="numpy")
def perturb(inverse: FloatCube, theta: FloatMatrix, normal: FloatMatrix, scale: float) -> FloatMatrix:
    """θ̂ + scale · L ξ, ξ the standard `normal` numbers, L Lᵀ = V⁻¹ by Cholesky, per run [dimension, runs]."""
    dimension, runs = theta.shape
    drawn, root = theta.copy(), inverse.copy()
    shrink, noise = np.empty(runs), np.empty(runs)
    for j in range(dimension):
        for run in range(runs):
            shrink[run] = 1 / np.sqrt(root[j, j, run])
            noise[run] = scale * normal[j, run]
        for i in range(j, dimension):
            along, entry = drawn[i], root[i, j]
            for run in range(runs):
                entry[run] *= shrink[run]
                along[run] += entry[run] * noise[run]
            for m in range(j + 1, i + 1):
                left, other = root[i, m], root[m, j]
                for run in range(runs):
                    left[run] -= entry[run] * other[run]
    return drawn


@dataclass
class LinThompson(ScaledAgent, LinearAgent):
    """Draw θ̃ from the posterior, and play the best arm for it.

    A_t = argmax_a x_aᵀθ̃,    θ̃ ~ N(θ̂, v² V⁻¹),    V = λI + Σ_{s<t} x_{A_s} x_{A_s}ᵀ,    θ̂ = V⁻¹ Σ_{s<t} X_s x_{A_s}

    With v = σ, the standard deviation of Gaussian noise, this is the posterior for the prior N(0, σ²/λ I). The
    source's bound on the regret needs v = σ √(9 d log(t/δ)), which explores far more.
    Source: Agrawal & Goyal, Thompson sampling for contextual bandits with linear payoffs, ICML 2013;
    Lattimore & Szepesvári, Bandit Algorithms, chapter 36.
    """

    v: float | None = None
    """factor v of the posterior's standard deviation, 0 or more; null: σ"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("v", self.v is None or 0 <= self.v < inf, "must be a finite number, 0 or more, or null for σ")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.v is None:
            self.require_known_scale(problem)

    def inferred(self, problem: Problem) -> dict[str, Any]:
        return super().inferred(problem) if self.v is None else {}  # v replaces σ

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.v_used = self.scale if self.v is None else self.v

    def act(self, observation: Any) -> np.ndarray:
        normal = self.rng.standard_normal(self.theta.shape)
        drawn = perturb(self.inverse, self.theta, normal, self.v_used)
        return self.argmax_by(observation, drawn)
