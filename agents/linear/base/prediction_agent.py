"""The base class of agents that learn linear values of a policy while they play it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.base.predictor import Predictor, chances
from rlnotes.agents.base.state_numbers import state_number
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.features import StateFeatures
from rlnotes.agents.linear.base.gradient_agent import GradientAgent
from rlnotes.agents.linear.base.linear_agent import LinearAgent
from rlnotes.agents.linear.base.weights import evaluate, evaluate_states
from rlnotes.agents.tabular.base.policies import draw
from rlnotes.base.record import Record


@dataclass
class LinearPredictionAgent(Predictor, LinearAgent):
    """An agent that learns V_π(s) ≈ wᵀ x(s) of the policy π that it plays [notes 2.3]."""

    columns = 1

    policy: Any = None
    """policy π: uniform, an action for each state, or the probabilities of the actions for each state; null: that of
    the example that the environment is, else uniform"""

    def policy_setting(self, setting: str) -> Any:
        return None if getattr(self, setting) is None else super().policy_setting(setting)

    def chances(self, problem: Problem) -> np.ndarray:
        """π(a|s) [states, actions]; in a Box it is uniform, with one row for all states."""
        example = problem.prediction.policy if problem.prediction else None
        return self.probabilities(self.policy, example, problem)

    def probabilities(self, setting: Any, example: np.ndarray | None, problem: Problem) -> np.ndarray:
        """The probabilities [states, actions] of a policy setting, which may be null."""
        if isinstance(problem.observation_space, Box):
            if setting not in (None, "uniform"):
                raise ProblemError(f"needs policy=uniform on {problem.observation_space}, where no states have numbers")
            assert isinstance(problem.action_space, Discrete)
            return np.full((1, int(problem.action_space.n)), 1 / int(problem.action_space.n))
        if setting is None:
            setting = "uniform" if example is None else example
        return chances(setting, problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.w[:] = self.first_weights(problem)[:, None]
        self.policies = self.played(problem)  # [actions, states]
        self.only, self.ended = np.zeros(self.runs, np.int64), np.zeros(self.runs, bool)

    def first_weights(self, problem: Problem) -> np.ndarray:
        """w at the start [size]: those of the example if its features are used, else 0."""
        if problem.prediction and self.features is None:
            return problem.prediction.weights
        return np.zeros(self.described(problem).size)

    def first_value(self, problem: Problem) -> np.ndarray:
        features = self.described(problem)
        assert isinstance(features, StateFeatures)
        number, x = features.table
        found: np.ndarray = (x * self.first_weights(problem)[number]).sum(axis=1)
        return found

    def played(self, problem: Problem) -> np.ndarray:
        """The policy that plays [actions, states]."""
        return np.ascontiguousarray(self.chances(problem).T)

    def state(self, observation: np.ndarray) -> np.ndarray:
        """The numbers of the observed states [runs]; all 0 in a Box."""
        space = self.problem.observation_space
        return self.only if isinstance(space, Box) else state_number(space, observation)

    def choose(self, observation: Any) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        draw(self.policies, self.state(observation), next(self.uniforms), action, self.every_run)
        return action

    def cut(self, step: Transition) -> np.ndarray:
        """Whether the episode ended before this step [runs], and remember whether it ends with it."""
        cut, self.ended = self.ended, step.terminated | step.truncated
        return cut

    def weights(self, runs: np.ndarray) -> np.ndarray:
        """The learned w of these runs [len(runs), size]."""
        return self.w[runs, :, 0]

    def value(self, runs: np.ndarray) -> np.ndarray:
        assert isinstance(self.basis, StateFeatures)
        v, weights = np.empty((len(runs), self.basis.states, 1)), self.weights(runs)[:, :, None]
        evaluate_states(weights, *self.basis.table, np.arange(len(runs)), v)
        return v[:, :, 0]

    def report(self) -> Record:
        """`weights` [runs, size], and on a finite set of states the arrays of agents with tables."""
        record = Record(weights=self.weights(self.every_run))
        if isinstance(self.basis, StateFeatures):
            value = self.value(self.every_run)
            record |= Record(learned_value=value.mean(axis=0), learned_v=kept(value))
        return record


@dataclass
class GradientPredictionAgent(LinearPredictionAgent, GradientAgent):
    """An agent that learns V_π(s) ≈ wᵀ x(s) step by step."""

    def of(self, x: Active) -> np.ndarray:
        """wᵀ x [runs]."""
        total = np.empty((self.runs, 1))
        evaluate(self.w, *x, self.every_run, total)
        return total[:, 0]
