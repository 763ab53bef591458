"""Policies that are a softmax of preferences: policy-function modelling 策略函数建模 [notes 2.6]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.base.greedy_counts import greedy_counts
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.tabular.base.policies import draw, softmax
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.base.record import Record


@dataclass
class SoftmaxAgent(StepSizeAgent):
    """An agent that learns preferences, whose softmax is its policy, and its value.

    π(a|s) = exp θ(s, a) / Σ_b exp θ(s, b),    ∂ log π(a|s) / ∂θ(s, b) = 1{a = b} − π(b|s)

    `theta` θ is [runs, states, actions], `v` V [runs, states]. `probability` [actions, runs] is π(a|S) in the last
    states.
    """

    learns_policy = knows_probability = True

    beta: float = 0.1
    """step size β of the value V [runs, states], from 0 to 1; 0: V = 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("beta")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.theta = self.table(0.0)
        self.v = np.zeros(self.theta.shape[:2])
        self.probability = np.empty((self.theta.shape[2], self.runs))

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        softmax(self.theta, state, 1.0, self.probability)
        draw(self.probability, self.every_run, next(self.uniforms), action, self.every_run)
        return action

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.probability[action - self.first_action, self.every_run]

    def forbid(self, runs: np.ndarray, state: np.ndarray, action: np.ndarray) -> None:
        self.theta[runs, state, action] = -np.inf

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.theta[runs].argmax(axis=2)

    def learned_values(self, runs: np.ndarray) -> np.ndarray:
        return self.v[runs]

    def report(self) -> Record:
        """`learned_value` [states], the mean over runs of V, `greedy_for`, their `greedy_counts`, θ and V."""
        greedy_for = greedy_counts(self.theta.argmax(axis=2), self.theta.shape[2])
        learned = Record(learned_preferences=kept(self.theta), learned_v=kept(self.v))
        return Record(learned_value=self.v.mean(axis=0), greedy_for=greedy_for) | learned
