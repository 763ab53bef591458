"""What agents have in common that learn a table Q(s, a) and act ε-greedily by it."""

from abc import abstractmethod
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.agents.agent import Agent, Problem, ProblemError, Transition
from rlnotes.agents.tabular.epsilon_greedy import choose
from rlnotes.agents.tabular.schedule import Schedule
from rlnotes.agents.tabular.states import state_count, state_number
from rlnotes.envs.errors import SettingError
from rlnotes.envs.mdps.memory import require


@dataclass
class ControlAgent(Agent):
    """An agent that learns `q` [runs, states, actions] by experience.

    Actions that a model says are not available have Q = −∞.
    """

    alpha: int | float | str = 0.5
    """step size α, above 0 and at most 1; it may change: 1/visits, linear:FIRST:LAST:STEPS, exponential:…"""

    epsilon: int | float | str = 0.1
    """probability ε of a random action, from 0 to 1; it may change likewise"""

    initial: float = 0.0
    """Q at the start; where it is above what can be reached, an agent tries everything"""

    def __post_init__(self) -> None:
        Schedule.of("alpha", self.alpha, positive=True)
        Schedule.of("epsilon", self.epsilon, positive=False)
        if not np.isfinite(self.initial):
            raise SettingError("initial", self.initial, "must be a number")

    def require_no_count(self, setting: str) -> None:
        """Raise `SettingError` where a setting counts visits, though other states than those visited need it."""
        if getattr(self, setting) == "1/visits":
            raise SettingError(
                setting, "1/visits", "cannot be counted here; must be a number, linear:… or exponential:…"
            )

    def require_whole(self, setting: str, least: int) -> None:
        """Raise `SettingError` where a setting is not a whole number, `least` or more."""
        value = getattr(self, setting)
        if not isinstance(value, Integral) or value < least:
            raise SettingError(setting, value, f"must be a whole number, {least} or more")

    def check(self, problem: Problem) -> None:
        if not isinstance(problem.action_space, Discrete):
            raise ProblemError(f"needs a finite set of actions, Discrete(k), not {problem.action_space}")
        state_count(problem.observation_space)
        model = problem.model
        if model and problem.discount == 1 and not model.ends and problem.time_limit is None:
            raise ProblemError("needs env.discount below 1 there, since with γ = 1 and no end returns are infinite")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert isinstance(problem.action_space, Discrete)
        self.problem, self.rng, self.runs = problem, rng, problem.runs
        self.first_action = int(problem.action_space.start)
        states, actions = state_count(problem.observation_space), int(problem.action_space.n)
        require("runs", self.runs, 8 * self.runs * states * actions)
        self.q = np.full((self.runs, states, actions), float(self.initial))
        if problem.model and not problem.model.available.all():
            self.q[:, ~problem.model.available] = -np.inf
        self.t, self.all = 0, np.arange(self.runs, dtype=np.uint64)
        self.alphas = Schedule.of("alpha", self.alpha, positive=True)
        self.epsilons = Schedule.of("epsilon", self.epsilon, positive=False)
        self.step_size, self.rate = np.full(self.runs, self.alphas.first), np.full(self.runs, self.epsilons.first)
        counts = self.alphas.counts or self.epsilons.counts
        self.visits = np.zeros(self.q.shape if counts else (0, 0, 0), np.int32)

    def act(self, observation: Any) -> np.ndarray:
        action = self.choose(self.state(observation)).view(np.int64)
        return action + self.first_action if self.first_action else action

    def choose(self, state: np.ndarray) -> np.ndarray:
        """ε-greedy actions [runs]."""
        action = np.empty(self.runs, np.uint64)
        choose(self.q, state, self.exploration(state), self.rng.random(self.runs), action, self.all)
        return action

    def exploration(self, state: np.ndarray) -> np.ndarray:
        """ε of each run [runs] for the next action."""
        if self.epsilons.counts:
            self.rate = 1 / (1 + self.visits[np.arange(self.runs), state].sum(axis=1))
        elif self.epsilons.changes:
            self.rate[:] = self.epsilons.at(self.t)
        return self.rate

    def count(self, step: Transition) -> None:
        """Count a step and set `step_size` [runs], its α."""
        if self.visits.size:
            self.visits[np.arange(self.runs), step.observation, step.action] += 1
        if self.alphas.counts:
            self.step_size = 1 / self.visits[np.arange(self.runs), step.observation, step.action]
        elif self.alphas.changes:
            self.step_size[:] = self.alphas.at(self.t)
        self.t += 1

    def update(self, transition: Transition) -> None:
        observation, action, reward, following, *ended = transition
        action = (action - self.first_action if self.first_action else action).view(np.uint64)
        step = Transition(self.state(observation), action, reward, self.state(following), *ended)
        self.count(step)
        self.improve(step)

    def state(self, observation: np.ndarray) -> np.ndarray:
        """The numbers of the states observed [runs], unsigned, which the kernels are quicker with."""
        return state_number(self.problem.observation_space, observation).view(np.uint64)

    @abstractmethod
    def improve(self, step: Transition) -> None:
        """Learn by `step_size` from one step of every run, in the numbers of states and actions."""

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.q[runs].argmax(axis=2)

    def report(self) -> dict[str, np.ndarray]:
        """Of all runs `learned_value` [1, states], the mean of max_a Q, and how many are greedy for each action.

        That is `greedy_for` [1, states · actions].
        """
        greedy = self.q.argmax(axis=2)
        votes = np.stack([(greedy == action).sum(axis=0) for action in range(self.q.shape[2])], axis=1)
        return {"learned_value": self.q.max(axis=2).mean(axis=0)[None], "greedy_for": votes.reshape(1, -1)}
