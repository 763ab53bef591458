"""The base class of agents with tables that learn the value of a policy while they play it."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.base.predictor import Predictor
from rlnotes.agents.tabular.base.policies import draw
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.base.record import Record


@dataclass
class PredictionAgent(Predictor, StepSizeAgent):
    """An agent that learns the value V_π of the policy π that it plays [notes 2.3].

    `v` [runs, states] is the learned value.
    """

    alpha: int | float | str = 0.1

    initial: float = 0.0
    """V at the start"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("initial", bool(np.isfinite(self.initial)), "must be a number")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.policies = np.ascontiguousarray(self.chances(problem).T)  # [actions, states]
        self.v = np.tile(self.first_value(problem), (self.runs, 1))

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        draw(self.policies, state, next(self.uniforms), action, self.every_run)
        return action

    def visited(self, step: Transition) -> np.ndarray:
        """N of α = 1/N [runs]: the visits of the state, this visit included."""
        visits: np.ndarray = self.visits[self.every_run, step.observation].sum(axis=1)
        return visits

    def value(self, runs: np.ndarray) -> np.ndarray:
        return self.v[runs]

    def first_value(self, problem: Problem) -> np.ndarray:
        return np.full(self.size(problem)[0], float(self.initial))

    def report(self) -> Record:
        """`learned_value` [states], the mean over runs of V, and `learned_v`."""
        value = self.value(self.every_run)
        return Record(learned_value=value.mean(axis=0), learned_v=kept(value))
