"""Random play, without learning."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from gymnasium.vector.utils import batch_space

from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.base.allowed_actions import draw_allowed


@dataclass
class Random(Agent):
    """Play every available action with the same probability.

    If the environment gives an `action_mask`, it says which actions are available.
    In a Box, numbers are uniform between two bounds, exponential from one bound on, and standard normal without bounds.
    A baseline that every learner should beat: on a bandit its regret is R_n = n (μ* − Σ_a μ_a / k) [notes 1.2].
    """

    seeks_return = False
    plays_masked = True

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if not isinstance(problem.action_space, Discrete | MultiDiscrete | MultiBinary | Box):
            raise ProblemError(f"needs Discrete, MultiDiscrete, MultiBinary or Box actions, not {problem.action_space}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.rng, self.runs, self.actions = rng, problem.runs, problem.action_space
        if not isinstance(self.actions, Discrete):
            self.every_action = batch_space(self.actions, self.runs)
            self.every_action.seed(int(rng.integers(2**31)))
        self.available = None if problem.model is None else problem.model.available
        if self.available is not None:
            self.count = self.available.sum(axis=1)
            self.first_available = np.argsort(~self.available, axis=1, kind="stable")

    def act(self, observation: Any) -> np.ndarray:
        if not isinstance(self.actions, Discrete):
            return self.every_action.sample()
        uniform = self.rng.random(self.runs)  # `integers` takes several times as long for one run
        if self.allowed is not None:
            return self.actions.start + draw_allowed(self.allowed, uniform)
        if self.available is None:
            return self.actions.start + (uniform * self.actions.n).astype(np.int64)
        return self.first_available[observation, (uniform * self.count[observation]).astype(np.int64)]
