"""The base of agents for linear bandits, whose arms are vectors: the contexts."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_agent import ArmAgent, has_contexts
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.base.kernels import FloatCube, FloatMatrix, FloatVector, IntVector, kernel
from rlnotes.base.memory_check import require_memory


@kernel(error_model="numpy")
def learn(
    contexts: FloatCube, inverse: FloatCube, theta: FloatMatrix, action: IntVector, reward: FloatVector
) -> FloatVector:
    """V ← V + x xᵀ and b ← b + X x, x the context of the played arm, per run; stored as V⁻¹ and θ̂ = V⁻¹ b.

    V⁻¹ ← V⁻¹ − u uᵀ,    θ̂ ← θ̂ + u (X − xᵀθ̂) / √s,    u = V⁻¹x / √s,    s = 1 + xᵀV⁻¹x

    Only the entries of V⁻¹ on and below its diagonal are read and written, since it is symmetric. Returns s [runs], the
    factor by which det V grows.
    Source: Sherman & Morrison, Annals of Mathematical Statistics 21 (1950).
    """
    _, dimension, runs = contexts.shape
    x, direction = np.empty((dimension, runs)), np.zeros((dimension, runs))
    s, error, shrink = np.ones(runs), reward.copy(), np.empty(runs)
    for i in range(dimension):
        for run in range(runs):
            x[i, run] = contexts[np.uint64(action[run]), i, run]
    for i in range(dimension):
        along, own, weight = direction[i], x[i], theta[i]
        for j in range(dimension):
            entry, other = inverse[max(i, j), min(i, j)], x[j]
            for run in range(runs):
                along[run] += entry[run] * other[run]
        for run in range(runs):
            s[run] += own[run] * along[run]
            error[run] -= own[run] * weight[run]
    for run in range(runs):
        shrink[run] = 1 / np.sqrt(s[run])
        error[run] *= shrink[run]
    for i in range(dimension):
        along, weight = direction[i], theta[i]
        for run in range(runs):
            along[run] *= shrink[run]
            weight[run] += along[run] * error[run]
        for j in range(i + 1):
            entry, other = inverse[i, j], direction[j]
            for run in range(runs):
                entry[run] -= along[run] * other[run]
    return s


@kernel()
def predict(contexts: FloatCube, theta: FloatMatrix, index: FloatMatrix) -> bool:
    """index ← xᵀθ, x the context of an arm, for every arm and run. Returns whether any is infinite or NaN."""
    arms, dimension, runs = contexts.shape
    bad = 0
    for arm in range(arms):
        mean = index[arm]
        mean[:] = 0.0
        for i in range(dimension):
            x, weight = contexts[arm, i], theta[i]
            for run in range(runs):
                mean[run] += x[run] * weight[run]
        for run in range(runs):
            bad += mean[run] - mean[run] != 0
    return bad > 0


@dataclass
class LinearAgent(ArmAgent):
    """An agent that estimates θ by ridge regression.

    Arm a with context x_a pays X = x_aᵀθ + noise.

    V = λI + Σ x_{A_s} x_{A_s}ᵀ,    θ̂ = V⁻¹ Σ X_s x_{A_s}

    `inverse` V⁻¹ [dimension, dimension, runs], kept up to date on and below its diagonal, `theta` θ̂ [dimension, runs]:
    the runs come last for speed.
    `growth` [runs] is the factor by which det V grew in the last step.
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
        self.inverse = np.repeat(np.eye(self.dimension)[:, :, None] / self.regularisation, self.runs, axis=2)
        self.theta, self.index = np.zeros((self.dimension, self.runs)), np.zeros((self.k, self.runs))

    def contexts(self, observation: Any) -> np.ndarray:
        """The observed contexts as numbers [arms, dimension, runs]; raises `ProblemError` if the shape is wrong."""
        shape = np.shape(observation)
        if shape != (self.runs, self.k, self.dimension):
            expected = f"(runs, arms, dimension) = {(self.runs, self.k, self.dimension)}"
            raise ProblemError(f"needs contexts of shape {expected}, not {shape}")
        return np.ascontiguousarray(np.transpose(observation, (1, 2, 0)), np.float64)

    def argmax_index(self, bad: bool) -> np.ndarray:
        """argmax_i index_i, per run; raises `ProblemError` if an index is `bad`: not finite, as a context is then."""
        if bad:
            raise ProblemError("needs contexts of finite numbers")
        return self.argmax_of(self.index)

    def argmax_by(self, observation: Any, theta: np.ndarray) -> np.ndarray:
        """argmax_i x_iᵀθ for a `theta` [dimension, runs], per run."""
        return self.argmax_index(predict(self.contexts(observation), theta, self.index))

    def update(self, transition: Transition) -> None:
        contexts = self.contexts(transition.observation)
        self.growth = learn(contexts, self.inverse, self.theta, transition.action, transition.reward)
        self.t += 1
