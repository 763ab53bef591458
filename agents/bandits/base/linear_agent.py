"""The base of agents for linear bandits, whose arms are vectors: the contexts."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_agent import ArmAgent, has_contexts
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.base.kernels import FloatCube, FloatMatrix, FloatVector, IntVector, kernel
from rlnotes.base.memory_check import require_memory


@kernel()
def learn(
    contexts: FloatCube,
    inverse: FloatCube,
    theta: FloatMatrix,
    log_det: FloatVector,
    action: IntVector,
    reward: FloatVector,
) -> None:
    """V ← V + x xᵀ and b ← b + X x, x the context of the played arm, per run; stored as V⁻¹, θ̂ = V⁻¹ b and log det V.

    V⁻¹ ← V⁻¹ − (V⁻¹x)(V⁻¹x)ᵀ / s,    θ̂ ← θ̂ + V⁻¹x (X − xᵀθ̂) / s,    det V ← s det V,    s = 1 + xᵀV⁻¹x

    Source: Sherman & Morrison, Annals of Mathematical Statistics 21 (1950).
    """
    runs, _, dimension = contexts.shape
    direction = np.empty(dimension)
    for run in range(runs):
        x = contexts[run, action[run]]
        s, error = 1.0, reward[run]
        for i in range(dimension):
            direction[i] = 0.0
            for j in range(dimension):
                direction[i] += inverse[run, i, j] * x[j]
            s += x[i] * direction[i]
            error -= x[i] * theta[run, i]
        for i in range(dimension):
            theta[run, i] += direction[i] * error / s
            for j in range(dimension):
                inverse[run, i, j] -= direction[i] * direction[j] / s
        log_det[run] += np.log(s)


@kernel()
def predict(contexts: FloatCube, theta: FloatMatrix, index: FloatMatrix) -> None:
    """index ← xᵀθ, x the context of an arm, for every arm and run."""
    runs, arms, dimension = contexts.shape
    for run in range(runs):
        for arm in range(arms):
            index[arm, run] = 0.0
            for i in range(dimension):
                index[arm, run] += contexts[run, arm, i] * theta[run, i]


@dataclass
class LinearAgent(ArmAgent):
    """An agent that estimates θ by ridge regression.

    Arm a with context x_a pays X = x_aᵀθ + noise.

    V = λI + Σ x_{A_s} x_{A_s}ᵀ,    θ̂ = V⁻¹ Σ X_s x_{A_s}

    `inverse` V⁻¹ [runs, dimension, dimension], `theta` θ̂ [runs, dimension], `log_det` log(det V / λ^dimension) [runs].
    The observation is the contexts of all arms, [runs, arms, dimension].
    """

    regularisation: float = 1.0
    """λ, 1e-8 or more: a smaller λ lets rounding destroy V⁻¹, which begins at I/λ"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = 1e-8 <= self.regularisation < inf
        self.require("regularisation", fits, "must be a finite number, 1e-8 or more")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        contexts, actions = problem.observation_space, problem.action_space
        if not has_contexts(problem):
            raise ProblemError(
                "needs contexts, Box of shape (arms, dimension), and as many actions as arms, Discrete(arms), "
                f"not {contexts} and {actions}"
            )
        assert contexts.shape is not None
        dimension = contexts.shape[1]
        require_memory("env.dimension", dimension, 8 * dimension**2 * (problem.runs + 2))

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.observation_space.shape is not None
        self.dimension = problem.observation_space.shape[1]
        self.inverse = np.tile(np.eye(self.dimension) / self.regularisation, (self.runs, 1, 1))
        self.theta, self.log_det = np.zeros((self.runs, self.dimension)), np.zeros(self.runs)
        self.index = np.zeros((self.k, self.runs))

    def contexts(self, observation: Any) -> np.ndarray:
        """The observed contexts as numbers [runs, arms, dimension].

        Raises `ProblemError` if the shape is wrong or a number is not finite.
        """
        contexts = np.ascontiguousarray(observation, np.float64)
        if contexts.shape != (self.runs, self.k, self.dimension):
            expected = f"(runs, arms, dimension) = {(self.runs, self.k, self.dimension)}"
            raise ProblemError(f"needs contexts of shape {expected}, not {contexts.shape}")
        if not np.isfinite(contexts.sum()):
            raise ProblemError("needs contexts of finite numbers")
        return contexts

    def argmax_by(self, contexts: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """argmax_i x_iᵀθ for a `theta` [runs, dimension], per run."""
        predict(contexts, theta, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        contexts = self.contexts(transition.observation)
        learn(contexts, self.inverse, self.theta, self.log_det, transition.action, transition.reward)
        self.t += 1
