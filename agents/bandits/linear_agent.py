"""What agents for linear bandits, whose arms are described by contexts, have in common."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from numba import njit

from rlnotes.agents.agent import Agent, Problem, ProblemError, Transition
from rlnotes.agents.bandits.arms import argmax
from rlnotes.envs.errors import SettingError


@njit("void(f8[:,:,::1], f8[:,:,::1], f8[:,::1], f8[::1], i8[::1], f8[::1])", cache=True)
def learn(contexts, inverse, theta, log_det, action, reward):  # type: ignore[no-untyped-def]
    """V ← V + x xᵀ and b ← b + X x of the context x of the arm played, in every run, as V⁻¹, θ̂ = V⁻¹ b and log det V.

    V⁻¹ ← V⁻¹ − (V⁻¹x)(V⁻¹x)ᵀ / s by Sherman and Morrison, θ̂ ← θ̂ + V⁻¹x (X − xᵀθ̂) / s, det V ← s det V, s = 1 + xᵀV⁻¹x
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


@njit("void(f8[:,:,::1], f8[:,::1], f8[:,::1])", cache=True)
def predict(contexts, theta, index):  # type: ignore[no-untyped-def]
    """index ← xᵀθ of the context x of every arm, in every run."""
    runs, arms, dimension = contexts.shape
    for run in range(runs):
        for arm in range(arms):
            index[arm, run] = 0.0
            for i in range(dimension):
                index[arm, run] += contexts[run, arm, i] * theta[run, i]


@dataclass
class LinearAgent(Agent):
    """An agent that estimates θ by ridge regression, where arm a pays X = x_aᵀθ + noise of its context x_a.

    V = λI + Σ x_{A_s} x_{A_s}ᵀ,    θ̂ = V⁻¹ Σ X_s x_{A_s}

    `inverse` V⁻¹ [runs, dimension, dimension], `theta` θ̂ [runs, dimension], `log_det` log(det V / λ^dimension) [runs].
    It observes the contexts of all arms, [runs, arms, dimension]. Arms that tie are played with the same probability.
    """

    regularisation: float = 1.0
    """λ, above 0"""

    def __post_init__(self) -> None:
        if not 0 < self.regularisation < inf:
            raise SettingError("regularisation", self.regularisation, "must be a finite number above 0")

    def check(self, problem: Problem) -> None:
        contexts, actions = problem.observation_space, problem.action_space
        if not (
            isinstance(contexts, Box)
            and len(contexts.shape) == 2
            and isinstance(actions, Discrete)
            and (actions.start, actions.n) == (0, contexts.shape[0])
        ):
            raise ProblemError(
                "needs contexts, Box of shape (arms, dimension), and as many actions as arms, Discrete(arms), "
                f"not {contexts} and {actions}"
            )

        if problem.horizon is None:
            raise ProblemError("plays so many steps, and a bandit has no episodes: set steps, not episodes")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.observation_space.shape is not None
        assert problem.horizon is not None
        self.k, self.dimension = problem.observation_space.shape
        self.n, self.runs = problem.horizon, problem.runs
        self.t, self.rng = 1, rng
        self.inverse = np.tile(np.eye(self.dimension) / self.regularisation, (self.runs, 1, 1))
        self.theta, self.log_det = np.zeros((self.runs, self.dimension)), np.zeros(self.runs)
        self.index, self.no_width = np.zeros((2, self.k, self.runs))
        self.tie_key = rng.integers(2**64, size=self.runs, dtype=np.uint64)

    def contexts(self, observation: Any) -> np.ndarray:
        """What was observed, as numbers [runs, arms, dimension]."""
        contexts = np.ascontiguousarray(observation, np.float64)
        if contexts.shape != (self.runs, self.k, self.dimension):
            expected = f"(runs, arms, dimension) = {(self.runs, self.k, self.dimension)}"
            raise ProblemError(f"needs contexts of shape {expected}, not {contexts.shape}")
        return contexts

    def argmax_of(self, index: np.ndarray) -> np.ndarray:
        """argmax_i of an `index` [arms, runs], in every run."""
        return argmax(index, self.no_width, 0.0, self.tie_key, self.t)

    def argmax_by(self, contexts: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """argmax_i x_iᵀθ of a `theta` [runs, dimension], in every run."""
        predict(contexts, theta, self.index)
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        contexts = self.contexts(transition.observation)
        learn(contexts, self.inverse, self.theta, self.log_det, transition.action, transition.reward)
        self.t += 1


def require_known_noise(problem: Problem) -> float:
    """The standard deviation σ of the rewards; raise `ProblemError` where it is not known."""
    if problem.rewards.std is None:
        raise ProblemError("needs rewards whose standard deviation is known")
    return problem.rewards.std
