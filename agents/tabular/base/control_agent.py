"""What agents have in common that learn a table Q(s, a) and act by it."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.tabular.base.epsilon_greedy_policy import choose, expect
from rlnotes.agents.tabular.base.policies import draw, softmax, upper_confidence
from rlnotes.agents.tabular.base.step_size_agent import StepSizeAgent
from rlnotes.agents.tabular.base.tabular_agent import votes
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.base.schedule import Schedule


@dataclass
class ControlAgent(StepSizeAgent):
    """An agent that learns `q` [runs, states, actions] by experience.

    It plays the policy π of its `exploration`, where those that tie for the best share alike:
    `epsilon_greedy`         argmax_a Q(s, a) with probability 1 − ε, any action with probability ε [notes 2.7]
    `softmax:TEMPERATURE`    π(a|s) = exp(Q(s, a) / τ) / Σ_b exp(Q(s, b) / τ) of the temperature τ
    `ucb:BONUS`              argmax_a Q(s, a) + c √(log N(s) / N(s, a)), c the bonus, N visits; untried ones first
    """

    learns_policy = True

    epsilon: int | float | str = 0.1
    """probability ε of a random action, from 0 to 1; it may change likewise"""

    initial: float = 0.0
    """Q at the start; where it is above what can be reached, an agent tries everything"""

    exploration: str = "epsilon_greedy"
    """epsilon_greedy, softmax:TEMPERATURE, which is above 0, or ucb:BONUS, which is 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("epsilon", self.epsilon, positive=False)
        if not np.isfinite(self.initial):
            raise SettingError("initial", self.initial, "must be a number")
        self.explored_by()

    def explored_by(self) -> tuple[str, float]:
        """The kind of `exploration`, and its temperature or bonus; `SettingError` where it is none."""
        kind, _, number = str(self.exploration).partition(":")
        if self.exploration == "epsilon_greedy":
            return kind, 0.0
        with suppress(ValueError):
            if (kind == "softmax" and 0 < float(number) < np.inf) or (kind == "ucb" and 0 <= float(number) < np.inf):
                return kind, float(number)
        what = "must be epsilon_greedy, softmax:TEMPERATURE above 0 or ucb:BONUS, 0 or more"
        raise SettingError("exploration", self.exploration, what)

    def require_epsilon_greedy(self) -> None:
        """Raise `SettingError` where another policy is to be played though the rule is one of the ε-greedy one."""
        if self.exploration != "epsilon_greedy":
            raise SettingError("exploration", self.exploration, "must be epsilon_greedy here")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        self.epsilons = Schedule.of("epsilon", self.epsilon, positive=False)
        self.epsilon_changes = self.epsilons.changes
        self.explores, self.extent = self.explored_by()
        super().begin(problem, rng)
        self.q = self.table(self.initial)
        self.rate = np.full(self.runs, self.epsilons.first)

    @property
    def counts(self) -> bool:
        return super().counts or self.epsilons.counts or self.explores == "ucb"

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        self.draw(state, next(self.uniforms), action, self.all)
        return action

    def draw(self, state: np.ndarray, uniform: np.ndarray, action: np.ndarray, runs: np.ndarray) -> None:
        """Fill in the `action` [runs] of the `runs` named, A ~ π(a|S), by one uniform number [runs] each."""
        if self.explores == "epsilon_greedy":
            choose(self.q, state, self.rates(state), uniform, action, runs)
        else:
            draw(self.policy(state), self.all, uniform, action, runs)

    def expected(self, state: np.ndarray) -> np.ndarray:
        """Σ_a π(a|s) Q(s, a) [runs] in these states."""
        if self.explores == "epsilon_greedy":
            expected = np.empty(self.runs)
            expect(self.q, state, self.rates(state), expected)
            return expected
        share, value = self.policy(state), self.q[np.arange(self.runs), state].T
        return (share * np.where(share > 0, value, 0.0)).sum(axis=0)

    def policy(self, state: np.ndarray) -> np.ndarray:
        """π(a|s) [actions, runs] of softmax or ucb in these states."""
        share = np.empty((self.q.shape[2], self.runs))
        if self.explores == "softmax":
            softmax(self.q, state, self.extent, share)
        else:
            upper_confidence(self.q, self.visits, state, self.extent, share)
        return share

    def rates(self, state: np.ndarray) -> np.ndarray:
        """ε of each run [runs] for the next action, in these states."""
        if not self.epsilon_changes:
            return self.rate
        if self.epsilons.counts:
            self.rate = 1 / (1 + self.visits[np.arange(self.runs), state].sum(axis=1))
        else:
            self.rate = np.full(self.runs, self.epsilons.at(self.t))
        return self.rate

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.q[runs].argmax(axis=2)

    def report(self) -> Record:
        """Of all runs `learned_value` [states], the mean of max_a Q, and the `votes`, `greedy_for`."""
        greedy_for = votes(self.q.argmax(axis=2), self.q.shape[2])
        return Record(learned_value=self.q.max(axis=2).mean(axis=0), greedy_for=greedy_for)
