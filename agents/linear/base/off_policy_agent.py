"""The base classes of agents that learn linear values of one policy while another plays."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.base.predictor import importance_ratios, require_coverage
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.weights import add, evaluate


@dataclass
class OffPolicyAgent(GradientPredictionAgent):
    """An agent that plays b and learns V_π(s) ≈ wᵀ x(s), with ρ_t = π(A_t|S_t) / b(A_t|S_t)."""

    behaviour: Any = None
    """policy b that plays, in the forms of policy; null: that of the example that the environment is, else uniform"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.behaviour = None if self.behaviour is None else self.policy_setting("behaviour")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_coverage(self.chances(problem), lambda: self.behaviour_chances(problem))

    def behaviour_chances(self, problem: Problem) -> np.ndarray:
        """b(a|s) [states, actions]."""
        example = problem.prediction.behaviour if problem.prediction else None
        return self.probabilities(self.behaviour, example, problem)

    def played(self, problem: Problem) -> np.ndarray:
        return np.ascontiguousarray(self.behaviour_chances(problem).T)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.ratio = importance_ratios(self.chances(problem), self.behaviour_chances(problem))

    def rho(self, step: Transition) -> np.ndarray:
        """ρ_t [runs]."""
        rho: np.ndarray = self.ratio[self.state(step.observation), step.action]
        return rho

    def error(self, step: Transition) -> np.ndarray:
        """δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t) [runs]."""
        error = step.reward + self.discount(step) * self.of(self.next_x) - self.of(self.x)
        self.require_finite(error)
        return error

    def add(self, w: np.ndarray, x: Active, change: np.ndarray) -> None:
        """w ← w + change · x in every run [runs], for weights [runs, size, 1]."""
        add(w, *x, self.only, change)


@dataclass
class GradientCorrectionAgent(OffPolicyAgent):
    """An off-policy agent with second weights v, whose vᵀ x(s) estimate the expected δ in s."""

    copies = 2

    beta: float = 0.05
    """step size β of the second weights v, above 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("beta", 0 < self.beta < np.inf, "must be above 0")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.v = self.table()

    def expected_error(self) -> np.ndarray:
        """vᵀ x(S_t) [runs]."""
        total = np.empty((self.runs, 1))
        evaluate(self.v, *self.x, self.every_run, total)
        return total[:, 0]
