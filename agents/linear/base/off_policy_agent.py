"""The base classes of agents that learn linear values of one policy while another plays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.base.state_numbers import state_count
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.weights import add, evaluate
from rlnotes.base.errors import SettingError


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
        try:
            behaviour = self.behaviour_chances(problem)
        except SettingError as error:
            raise ProblemError(f"needs another behaviour: {error}") from None
        never = (self.chances(problem) > 0) & (behaviour == 0)
        if never.any():
            state, action = np.argwhere(never)[0]
            what = f"action {action} of the policy has probability 0 in state {state}"
            raise ProblemError(f"needs another behaviour: {what}, so that it has no ratio π/b")

    def behaviour_chances(self, problem: Problem) -> np.ndarray:
        """b(a|s) [states, actions]."""
        example = problem.prediction.behaviour if problem.prediction else None
        return self.probabilities(self.behaviour, example, problem)

    def played(self, problem: Problem) -> np.ndarray:
        return np.ascontiguousarray(self.behaviour_chances(problem).T)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        states = 1 if isinstance(problem.observation_space, Box) else state_count(problem.observation_space)
        ratio = np.zeros((states, self.actions))
        np.divide(self.chances(problem), self.policies.T, out=ratio, where=self.policies.T > 0)
        self.ratio = ratio

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
