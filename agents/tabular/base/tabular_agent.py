"""The base class of agents with tables over states and actions."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.agents.base.agent import Agent, Problem, ProblemError, Transition, require_finite_actions
from rlnotes.agents.base.state_numbers import state_count, state_number
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.base.random_streams import uniforms

INTEGER, UNKNOWN = np.dtype(np.int64), -1


@dataclass
class TabularAgent(Agent):
    """An agent with tables [runs, states, actions]; `choose` acts, `improve` learns.

    Both take states and actions as numbers from 0, whatever the spaces of the environment are.
    """

    copies = 1  # number of tables of that size that the agent stores, about

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_finite_actions(problem)
        state_count(problem.observation_space)
        model = problem.model
        if model and problem.discount == 1 and not model.ends and problem.time_limit is None:
            raise ProblemError("needs env.discount below 1 there, since with γ = 1 and no end returns are infinite")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert isinstance(problem.action_space, Discrete)
        self.problem, self.runs, self.uniforms = problem, problem.runs, uniforms(rng, problem.runs)
        self.first_action = int(problem.action_space.start)
        states = problem.observation_space
        self.observes_numbers = isinstance(states, Discrete) and states.start == 0
        self.t, self.every_run = 0, np.arange(self.runs)
        self.masks: np.ndarray | None = None
        self.learns_masks = problem.masks is None

    def size(self, problem: Problem) -> tuple[int, int]:
        """Number of states and number of actions."""
        assert isinstance(problem.action_space, Discrete)
        return state_count(problem.observation_space), int(problem.action_space.n)

    def table(self, initial: float, dtype: Any = float) -> np.ndarray:
        """A new table [runs, states, actions]; real numbers are −∞ for actions that are known to be not available."""
        shape = self.runs, *self.size(self.problem)
        require_memory("runs", self.runs, self.copies * np.dtype(dtype).itemsize * int(np.prod(shape)))
        table = np.full(shape, initial, dtype)
        model, masks = self.problem.model, self.problem.masks
        if dtype is float and model and not model.available.all():
            table[:, ~model.available] = -np.inf
        if dtype is float and masks is not None:
            table[:, ~masks] = -np.inf
        return table

    def act(self, observation: Any) -> np.ndarray:
        state = self.state(observation)
        if self.learns_masks and self.allowed is not None:
            self.mask(self.every_run, state, self.allowed)
        action = self.choose(state)
        return action + self.first_action if self.first_action else action

    @abstractmethod
    def choose(self, state: np.ndarray) -> np.ndarray:
        """The numbers of the actions [runs] in these states [runs]."""

    def update(self, transition: Transition) -> None:
        step = self.in_numbers(transition)
        if self.learns_masks and self.next_allowed is not None:
            goes_on = np.flatnonzero(~step.terminated)
            self.mask(goes_on, step.next_observation[goes_on], self.next_allowed[goes_on])
        self.count(step)
        self.t += 1
        self.improve(step)

    def mask(self, runs: np.ndarray, state: np.ndarray, allowed: np.ndarray) -> None:
        """Learn which actions are `allowed` [len(runs), actions] in these states of these runs.

        Raises `SettingError` if others were allowed in the same state before.
        """
        if self.masks is None:
            self.masks = self.table(UNKNOWN, np.int8)
        known = self.masks[runs, state]
        new = known[:, 0] == UNKNOWN
        if (known != allowed)[~new].any():
            changed = state[~new][(known != allowed)[~new].any(axis=1)][0]
            requirement = (
                f"learns a table, and action_mask changed in state {changed}; must be the same in the same state"
            )
            raise SettingError("agent", type(self).__name__, requirement)
        self.masks[runs[new], state[new]] = allowed[new]
        at, action = np.nonzero(~allowed & new[:, None])
        self.forbid(runs[at], state[at], action)

    def forbid(self, runs: np.ndarray, state: np.ndarray, action: np.ndarray) -> None:
        """Make an action of a state not available in each of the `runs`, for agents that choose: Q = −∞."""

    def in_numbers(self, transition: Transition) -> Transition:
        """A step with numbers for its states and actions; the same object if it has numbers already."""
        observation, action, reward, following, *ended = transition
        state, next_state = self.state(observation), self.state(following)
        if state is observation and next_state is following and not self.first_action:
            return transition
        return Transition(state, action - self.first_action, reward, next_state, *ended)

    def state(self, observation: np.ndarray) -> np.ndarray:
        """The numbers of the observed states [runs]."""
        if self.observes_numbers and observation.dtype is INTEGER:
            return observation
        return state_number(self.problem.observation_space, observation)

    def count(self, step: Transition) -> None:
        """Count a step before the agent learns from it."""

    @abstractmethod
    def improve(self, step: Transition) -> None:
        """Learn from one step of every run, with numbers for its states and actions."""
