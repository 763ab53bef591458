"""LSTD and LSTD(λ)."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.prediction_agent import LinearPredictionAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.kernels import ConstFloatVector, FloatCube, FloatMatrix, UintMatrix, kernel
from rlnotes.base.memory_check import require_memory


@kernel()
def count(
    a: FloatCube,
    b: FloatMatrix,
    z: FloatMatrix,
    index: UintMatrix,
    value: FloatMatrix,
    next_index: UintMatrix,
    next_value: FloatMatrix,
    reward: ConstFloatVector,
    discount: ConstFloatVector,
    fade: ConstFloatVector,
) -> None:
    for run in range(len(reward)):
        for i in range(z.shape[1]):
            z[run, i] *= fade[run]
        for k in range(index.shape[1]):
            z[run, index[run, k]] += value[run, k]
        for i in range(z.shape[1]):
            if z[run, i] == 0:
                continue
            b[run, i] += z[run, i] * reward[run]
            for k in range(index.shape[1]):
                a[run, i, index[run, k]] += z[run, i] * value[run, k]
                a[run, i, next_index[run, k]] -= z[run, i] * discount[run] * next_value[run, k]


@dataclass
class LSTD(LinearPredictionAgent):
    """Solve for the TD fixed point of all steps so far.

    z ← γ λ z + x(S_t);    A ← A + z [x(S_t) − γ x(S_{t+1})]ᵀ;    b ← b + z R_t;    w = A⁻¹ b

    A begins as ε I, b as ε w with the first weights w, and z as 0 in each episode. There is no step size. x(S_{t+1})
    counts as 0 if the episode terminated. λ = 0 is LSTD. Raises `SettingError` if A has no inverse.
    Source: Bradtke & Barto, Machine Learning 22 (1996); Boyan, Machine Learning 49 (2002); Sutton & Barto (2nd ed.),
    section 9.8.
    """

    decay: float = 0.0
    """decay λ of the trace, from 0 to 1"""

    epsilon: float = 1e-3
    """ε of the matrix A at the start, above 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("decay")
        self.require("epsilon", 0 < self.epsilon < np.inf, "must be above 0")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        size = self.basis.size
        require_memory("agent.features", f"{size} of them", 8 * self.runs * size**2)
        self.a, self.b = np.tile(self.epsilon * np.eye(size), (self.runs, 1, 1)), self.epsilon * self.w[:, :, 0]
        self.z = np.zeros((self.runs, size))

    def improve(self, step: Transition) -> None:
        fade = self.problem.discount * self.decay * ~self.cut(step)
        count(self.a, self.b, self.z, *self.x, *self.next_x, step.reward, self.discount(step), fade)

    # One thread: otherwise the rounding depends on the number of cores.
    @ThreadpoolController().wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
    def weights(self, runs: np.ndarray) -> np.ndarray:
        try:
            w: np.ndarray = np.linalg.solve(self.a[runs], self.b[runs, :, None])[:, :, 0]
        except np.linalg.LinAlgError:
            reason = f"the matrix A is singular after {self.t:,} steps; try a larger one"
            raise SettingError("agent.epsilon", self.epsilon, reason) from None
        return w
