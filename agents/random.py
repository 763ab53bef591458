"""Random play, without learning."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.agents.base.agent import Agent, Problem, require_finite_actions


@dataclass
class Random(Agent):
    """Play every available action with the same probability.

    A baseline that every learner should beat: on a bandit its regret is R_n = n (μ* − Σ_a μ_a / k) [notes 1.2].
    """

    seeks_return = False

    def check(self, problem: Problem) -> None:
        require_finite_actions(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert isinstance(problem.action_space, Discrete)
        self.rng, self.runs, self.actions = rng, problem.runs, problem.action_space
        self.available = None if problem.model is None else problem.model.available
        if self.available is not None:
            self.count = self.available.sum(axis=1)
            self.first_available = np.argsort(~self.available, axis=1, kind="stable")

    def act(self, observation: Any) -> np.ndarray:
        if self.available is None:
            return self.actions.start + self.rng.integers(self.actions.n, size=self.runs)
        return self.first_available[observation, self.rng.integers(self.count[observation])]
