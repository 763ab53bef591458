"""The base class of agents with a number for every action that is linear in features."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.base.state_numbers import state_number
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.features import StateFeatures
from rlnotes.agents.linear.base.gradient_agent import GradientAgent
from rlnotes.agents.linear.base.weights import evaluate, evaluate_states
from rlnotes.base.memory_check import require_memory


@dataclass
class LinearActionAgent(GradientAgent):
    """An agent whose policy depends on w_aᵀ x(s), the value or the preference of action a.

    The number of an action that is not available is −∞.
    """

    learns_policy = True

    @property
    def columns(self) -> int:
        return self.actions

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        model = problem.model
        available = problem.masks if model is None or problem.masks is not None else model.available
        self.available = None if available is None or available.all() else available
        self.masks: np.ndarray | None = None

    def act(self, observation: Any) -> np.ndarray:
        if self.allowed is not None and self.available is None:
            self.remember(observation, self.allowed)
        return super().act(observation)

    def values(self, x: Active, observation: Any, allowed: np.ndarray | None) -> np.ndarray:
        """w_aᵀ x(s) [runs, actions] of observations with the features x; −∞ if not available."""
        q = np.empty((self.runs, self.actions))
        evaluate(self.w, *x, self.every_run, q)
        if self.available is not None:
            q[~self.available[state_number(self.problem.observation_space, observation)]] = -np.inf
        elif allowed is not None:
            q[~allowed] = -np.inf
        return q

    def remember(self, observation: Any, allowed: np.ndarray) -> None:
        """Store which actions are allowed in observed states, for the values of all states in a finite set."""
        if isinstance(self.basis, StateFeatures):
            if self.masks is None:
                require_memory("runs", self.runs, self.runs * self.basis.states * self.actions)
                self.masks = np.ones((self.runs, self.basis.states, self.actions), bool)
            self.masks[self.every_run, state_number(self.problem.observation_space, observation)] = allowed

    def table_of(self, runs: np.ndarray) -> np.ndarray:
        """w_aᵀ x(s) [len(runs), states, actions] of a finite set of states."""
        assert isinstance(self.basis, StateFeatures)
        q = np.empty((len(runs), self.basis.states, self.actions))
        evaluate_states(self.w, *self.basis.table, runs, q)
        if self.available is not None:
            q[:, ~self.available] = -np.inf
        if self.masks is not None:
            q[~self.masks[runs]] = -np.inf
        return q

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.table_of(runs).argmax(axis=2)

    def best(self, observation: Any) -> np.ndarray:
        """The actions [runs] of the greedy policy, which the environment takes."""
        return self.first_action + self.values(self.basis.of(observation), observation, self.allowed).argmax(axis=1)
