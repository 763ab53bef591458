"""What agents have in common that learn the value of a policy by playing it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.tabular.base.policies import draw
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.mdps.base.model_checks import check_policy


@dataclass
class PredictionAgent(StepSizeAgent):
    """An agent that learns V_π of the policy π that it plays [notes 2.3], for each run a table `v` [runs, states].

    The rules are those of control on a table with one action a state: `improve` is told of action 0 only.
    """

    seeks_return = False

    alpha: int | float | str = 0.1

    policy: Any = "uniform"
    """policy π: uniform, an action for each state, or the probabilities of the actions for each state"""

    initial: float = 0.0
    """V at the start"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.initial):
            raise SettingError("initial", self.initial, "must be a number")
        if not isinstance(self.policy, str) or self.policy != "uniform":
            try:
                given = np.asarray(self.policy)
            except ValueError:  # lines of several lengths
                given = np.empty(0)
            if (
                given.ndim not in (1, 2)
                or not given.size
                or given.dtype.kind not in "iuf"
                or not np.isfinite(given).all()
            ):
                what = "must be uniform, [an action for each state] or [[a probability for each action] for each state]"
                raise SettingError("policy", self.policy, what)
            self.policy = given.tolist()

    def check(self, problem: Problem) -> None:
        super().check(problem)
        try:
            self.chances(problem)
        except SettingError as error:
            raise ProblemError(f"needs another policy: {error}") from None

    def chances(self, problem: Problem) -> np.ndarray:
        """π(a|s) [states, actions] in a problem; `SettingError` where it is no policy there."""
        states, actions = self.size(problem)
        available = problem.model.available if problem.model else np.ones((states, actions), bool)
        if isinstance(self.policy, str):
            return available / available.sum(axis=1, keepdims=True)
        policy = check_policy(np.asarray(self.policy), available)
        return np.eye(actions)[policy.astype(int)] if policy.ndim == 1 else policy.astype(float)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.policies = np.ascontiguousarray(self.chances(problem).T)
        self.v = np.full((self.runs, self.policies.shape[1]), float(self.initial))
        self.q, self.only = self.v[:, :, None], np.zeros(self.runs, np.int64)

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        draw(self.policies, state, next(self.uniforms), action, self.all)
        return action

    def count(self, step: Transition) -> Transition:
        super().count(step)
        return Transition(step.observation, self.only, *step[2:])

    def visited(self, step: Transition) -> np.ndarray:
        """N [runs] of α = 1/N: the visits with this one to the state."""
        visits: np.ndarray = self.visits[np.arange(self.runs), step.observation].sum(axis=1)
        return visits

    def value(self, runs: np.ndarray) -> np.ndarray:
        """What these runs have learnt [len(runs), states]."""
        return self.v[runs]

    def report(self) -> Record:
        """Of all runs `learned_value` [states], the mean of V."""
        return Record(learned_value=self.value(np.arange(self.runs)).mean(axis=0))
