"""Policies that are a softmax of preferences: policy-function modelling 策略函数建模 [notes 2.6]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.tabular.base.policies import draw, softmax
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.agents.tabular.base.tabular_agent import votes
from rlnotes.base.record import Record


@dataclass
class SoftmaxAgent(StepSizeAgent):
    """An agent that learns preferences `theta` [runs, states, actions], whose softmax is its policy, and its value `v`.

    `share` [actions, runs] is π(a|S) of the states in which it acted last.

    π(a|s) = exp θ(s, a) / Σ_b exp θ(s, b),    ∂ log π(a|s) / ∂θ(s, b) = 1{a = b} − π(b|s)
    """

    learns_policy = True

    beta: float = 0.1
    """step size β of the value V [runs, states], from 0 to 1; 0: V = 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("beta")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.theta = self.table(0.0)
        self.v = np.zeros(self.theta.shape[:2])
        self.share = np.empty((self.theta.shape[2], self.runs))

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        softmax(self.theta, state, 1.0, self.share)
        draw(self.share, self.all, next(self.uniforms), action, self.all)
        return action

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.theta[runs].argmax(axis=2)

    def report(self) -> Record:
        """Of all runs `learned_value` [states], the mean of V, and the `votes`, `greedy_for`."""
        greedy_for = votes(self.theta.argmax(axis=2), self.theta.shape[2])
        return Record(learned_value=self.v.mean(axis=0), greedy_for=greedy_for)
