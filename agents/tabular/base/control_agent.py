"""The base class of agents that learn a table Q(s, a) and act by it."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.base.epsilon_greedy import epsilon_greedy
from rlnotes.agents.base.greedy_counts import greedy_counts
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.tabular.base.epsilon_greedy_policy import choose, expect
from rlnotes.agents.tabular.base.policies import draw, softmax, upper_confidence
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.base.schedule import Schedule


@dataclass
class ControlAgent(StepSizeAgent):
    """An agent that learns `q` [runs, states, actions] from experience.

    It plays the policy π of its `exploration`. The best actions have equal probabilities if they tie.
    `epsilon_greedy`         argmax_a Q(s, a) with probability 1 − ε, any action with probability ε [notes 2.7]
    `softmax:TEMPERATURE`    π(a|s) = exp(Q(s, a) / τ) / Σ_b exp(Q(s, b) / τ), τ the temperature
    `ucb:BONUS`              argmax_a Q(s, a) + c √(log N(s) / N(s, a)), c the bonus, N visits; untried actions first
    """

    learns_policy = knows_probability = True

    epsilon: int | float | str = 0.1
    """probability ε of a random action, from 0 to 1; it may change as alpha may"""

    initial: float = 0.0
    """Q at the start; if it is above every possible return, the agent tries everything"""

    exploration: str = "epsilon_greedy"
    """epsilon_greedy, softmax:TEMPERATURE (above 0) or ucb:BONUS (0 or more)"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("epsilon", self.epsilon, positive=False)
        self.require("initial", bool(np.isfinite(self.initial)), "must be a number")
        self.exploration_kind()

    def exploration_kind(self) -> tuple[str, float]:
        """The kind of `exploration`, and its temperature or bonus; raises `SettingError` if it is not a kind."""
        kind, _, number = str(self.exploration).partition(":")
        if self.exploration == "epsilon_greedy":
            return kind, 0.0
        with suppress(ValueError):
            if (kind == "softmax" and 0 < float(number) < np.inf) or (kind == "ucb" and 0 <= float(number) < np.inf):
                return kind, float(number)
        forms = "must be epsilon_greedy, softmax:TEMPERATURE above 0 or ucb:BONUS, 0 or more"
        raise SettingError("exploration", self.exploration, forms)

    def require_epsilon_greedy(self) -> None:
        """Raise `SettingError` if `exploration` is not the ε-greedy policy, for agents that need its probabilities."""
        self.require("exploration", self.exploration == "epsilon_greedy", "must be epsilon_greedy here")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        self.epsilons = Schedule.of("epsilon", self.epsilon, positive=False, horizon=problem.horizon)
        self.epsilon_changes = self.epsilons.changes
        self.policy_kind, self.temperature_or_bonus = self.exploration_kind()
        super().begin(problem, rng)
        self.q = self.table(self.initial)
        self.rate = np.full(self.runs, self.epsilons.first)

    @property
    def counts_visits(self) -> bool:
        return super().counts_visits or self.epsilons.counts or self.policy_kind == "ucb"

    def choose(self, state: np.ndarray) -> np.ndarray:
        self.last_state, action = state, np.empty(self.runs, np.int64)
        self.draw(state, next(self.uniforms), action, self.every_run)
        return action

    def draw(self, state: np.ndarray, uniform: np.ndarray, action: np.ndarray, runs: np.ndarray) -> None:
        """Fill in the `action` [runs] of the given `runs`, A ~ π(a|S), by one uniform number [runs] each."""
        if self.policy_kind == "epsilon_greedy":
            choose(self.q, state, self.rates(state), uniform, action, runs)
        else:
            draw(self.policy(state), self.every_run, uniform, action, runs)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.policy(self.last_state)[action - self.first_action, self.every_run]

    def expected(self, state: np.ndarray) -> np.ndarray:
        """Σ_a π(a|s) Q(s, a) [runs] in these states."""
        if self.policy_kind == "epsilon_greedy":
            expected = np.empty(self.runs)
            expect(self.q, state, self.rates(state), expected)
            return expected
        probability, value = self.policy(state), self.q[self.every_run, state].T
        return (probability * np.where(probability > 0, value, 0.0)).sum(axis=0)

    def policy(self, state: np.ndarray) -> np.ndarray:
        """π(a|s) [actions, runs] in these states."""
        if self.policy_kind == "epsilon_greedy":
            return epsilon_greedy(self.q[self.every_run, state].T, self.rates(state))
        probability = np.empty((self.q.shape[2], self.runs))
        if self.policy_kind == "softmax":
            softmax(self.q, state, self.temperature_or_bonus, probability)
        else:
            upper_confidence(self.q, self.visits, state, self.temperature_or_bonus, probability)
        return probability

    def forbid(self, runs: np.ndarray, state: np.ndarray, action: np.ndarray) -> None:
        self.q[runs, state, action] = -np.inf

    def rates(self, state: np.ndarray) -> np.ndarray:
        """ε of each run [runs] for the next action, in these states; `rate` stores the last ones."""
        if not self.epsilon_changes:
            return self.rate
        if self.epsilons.counts:
            self.rate = 1 / (1 + self.visits[self.every_run, state].sum(axis=1))
        else:
            self.rate = np.full(self.runs, self.epsilons.at(self.t))
        return self.rate

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.q[runs].argmax(axis=2)

    def learned_values(self, runs: np.ndarray) -> np.ndarray:
        return self.q[runs].max(axis=2)

    def report(self) -> Record:
        """`learned_value` [states], the mean over runs of max_a Q, `greedy_for`, their `greedy_counts`, and Q."""
        greedy_for = greedy_counts(self.q.argmax(axis=2), self.q.shape[2])
        return Record(learned_value=self.q.max(axis=2).mean(axis=0), greedy_for=greedy_for, learned_q=kept(self.q))
