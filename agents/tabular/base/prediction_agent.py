"""The base class of agents that learn the value of a policy while they play it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.tabular.base.policies import draw
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.mdps.base.model_checks import check_policy


@dataclass
class PredictionAgent(StepSizeAgent):
    """An agent that learns the value V_π of the policy π that it plays [notes 2.3].

    `v` [runs, states] is the learned value.
    """

    seeks_return = False

    alpha: int | float | str = 0.1

    policy: Any = "uniform"
    """policy π: uniform, an action for each state, or the probabilities of the actions for each state"""

    initial: float = 0.0
    """V at the start"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("initial", bool(np.isfinite(self.initial)), "must be a number")
        if not isinstance(self.policy, str) or self.policy != "uniform":
            forms = "must be uniform, [an action for each state] or [[a probability for each action] for each state]"
            self.require("policy", is_numbers(self.policy), forms)
            self.policy = np.asarray(self.policy).tolist()

    def check(self, problem: Problem) -> None:
        super().check(problem)
        try:
            self.chances(problem)
        except SettingError as error:
            raise ProblemError(f"needs another policy: {error}") from None

    def chances(self, problem: Problem) -> np.ndarray:
        """π(a|s) [states, actions] in a problem; raises `SettingError` if the setting is not a policy there."""
        states, actions = self.size(problem)
        available = problem.model.available if problem.model else np.ones((states, actions), bool)
        if isinstance(self.policy, str):
            return available / available.sum(axis=1, keepdims=True)
        policy = check_policy(np.asarray(self.policy), available)
        return np.eye(actions)[policy.astype(int)] if policy.ndim == 1 else policy.astype(float)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.policies = np.ascontiguousarray(self.chances(problem).T)  # [actions, states]
        self.v = np.full((self.runs, self.policies.shape[1]), float(self.initial))

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        draw(self.policies, state, next(self.uniforms), action, self.every_run)
        return action

    def visited(self, step: Transition) -> np.ndarray:
        """N of α = 1/N [runs]: the visits of the state, this visit included."""
        visits: np.ndarray = self.visits[self.every_run, step.observation].sum(axis=1)
        return visits

    def value(self, runs: np.ndarray) -> np.ndarray:
        """The learned V of these runs [len(runs), states]."""
        return self.v[runs]

    def report(self) -> Record:
        """`learned_value` [states], the mean over runs of V, and `learned_v`."""
        value = self.value(self.every_run)
        return Record(learned_value=value.mean(axis=0), learned_v=kept(value))


def is_numbers(policy: Any) -> bool:
    """Whether a policy is a list or a matrix of finite numbers."""
    try:
        given = np.asarray(policy)
    except ValueError:  # rows of different lengths
        return False
    numeric = given.ndim in (1, 2) and given.size > 0 and given.dtype.kind in "iuf"
    return numeric and bool(np.isfinite(given).all())
