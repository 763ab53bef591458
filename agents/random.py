"""Random play, without learning."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from gymnasium.vector.utils import batch_space

from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.base.allowed_actions import draw_allowed
from rlnotes.envs.base.actions import ActionMask


@dataclass
class Random(Agent):
    """Play every available action with the same probability, or each with a given one.

    If the environment gives an `action_mask`, it says which actions are available.
    In a Box, numbers are uniform between two bounds, exponential from one bound on, and standard normal without bounds.
    A baseline that every learner should beat: on a bandit its regret is R_n = n (μ* − Σ_a μ_a / k) [notes 1.2].
    """

    seeks_return = False
    plays_masked = knows_probability = True

    probabilities: list[float] | None = None
    """probability of each of k actions, with the sum 1; null: all available actions have the same"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.probabilities is not None:
            fits = min(self.probabilities, default=-1) >= 0 and abs(sum(self.probabilities) - 1) < 1e-9
            self.require("probabilities", fits, "must be numbers of 0 or more with the sum 1, or null")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.probabilities is not None:
            self.check_probabilities(problem)
        if not isinstance(problem.action_space, Discrete | MultiDiscrete | MultiBinary | Box):
            raise ProblemError(f"needs Discrete, MultiDiscrete, MultiBinary or Box actions, not {problem.action_space}")

    def check_probabilities(self, problem: Problem) -> None:
        """Raise `ProblemError` unless `problem` has as many actions as there are probabilities, always available."""
        assert self.probabilities is not None
        actions, model = problem.action_space, problem.model
        if not isinstance(actions, Discrete) or actions.n != len(self.probabilities):
            raise ProblemError(f"has {len(self.probabilities)} probabilities, and the actions are {actions}")
        if isinstance(problem.observation_space, ActionMask) or (model and not model.available.all()):
            raise ProblemError("has probabilities of all actions, and here some are not always available")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.rng, self.runs, self.actions = rng, problem.runs, problem.action_space
        self.knows_probability = isinstance(self.actions, Discrete)
        self.given = None if self.probabilities is None else np.array(self.probabilities)
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
        if self.given is not None:
            total = self.given.cumsum()
            return self.actions.start + np.searchsorted(total / total[-1], uniform, side="right")
        self.observation = observation
        if self.allowed is not None:
            return self.actions.start + draw_allowed(self.allowed, uniform)
        if self.available is None:
            return self.actions.start + (uniform * self.actions.n).astype(np.int64)
        return self.first_available[observation, (uniform * self.count[observation]).astype(np.int64)]

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        assert isinstance(self.actions, Discrete)
        if self.given is not None:
            return self.given[action - self.actions.start]
        if self.allowed is not None:
            return 1 / self.allowed.sum(axis=1)
        if self.available is None:
            return np.full(self.runs, 1 / self.actions.n)
        return 1 / self.count[self.observation]
