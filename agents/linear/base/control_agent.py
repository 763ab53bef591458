"""The base class of agents that learn linear values Q(s, a) and act by them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.base.greedy_counts import greedy_counts
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.linear.base.action_agent import LinearActionAgent
from rlnotes.agents.linear.base.features import StateFeatures
from rlnotes.agents.tabular.base.epsilon_greedy_policy import choose, expect
from rlnotes.base.record import Record
from rlnotes.base.schedule import Schedule


@dataclass
class LinearControlAgent(LinearActionAgent):
    """An agent that learns Q(s, a) ≈ w_aᵀ x(s) from experience, with weights w_a for each action a.

    It plays argmax_a Q(s, a) with probability 1 − ε, any action with probability ε [notes 2.7]. The best actions have
    equal probabilities if they tie.
    """

    epsilon: int | float | str = 0.1
    """probability ε of a random action, from 0 to 1; it may change as alpha may"""

    initial: float = 0.0
    """every weight at the start; with tiles, Q is this times the number of tilings"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("epsilon", self.epsilon, positive=False, counts=False)
        self.require("initial", bool(np.isfinite(self.initial)), "must be a number")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.w += self.initial
        self.epsilons = Schedule.of("epsilon", self.epsilon, positive=False, counts=False, horizon=problem.horizon)
        self.rate, self.only = np.full(self.runs, self.epsilons.first), np.zeros(self.runs, np.int64)

    def choose(self, observation: Any) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        self.draw(self.values(self.x, observation, self.allowed), next(self.uniforms), action, self.every_run)
        return action

    def rates(self) -> np.ndarray:
        """ε of each run [runs] for the next action."""
        return np.full(self.runs, self.epsilons.at(self.t)) if self.epsilons.changes else self.rate

    def draw(self, q: np.ndarray, uniform: np.ndarray, action: np.ndarray, runs: np.ndarray) -> None:
        """Fill in the `action` [runs] of the given `runs` by their values `q` [runs, actions], a number each."""
        choose(q[:, None], self.only, self.rates(), uniform, action, runs)

    def next_values(self, step: Transition) -> np.ndarray:
        """Q(S_{t+1}, a) [runs, actions]; 0 in runs whose episode terminated, where nothing is allowed."""
        q = self.values(self.next_x, step.next_observation, None)
        if self.next_allowed is not None:
            q[~(self.next_allowed | step.terminated[:, None])] = -np.inf
        return q

    def expected(self, q: np.ndarray) -> np.ndarray:
        """Σ_a π(a|s) Q(s, a) [runs] of the policy that plays, for values `q` [runs, actions]."""
        expected = np.empty(self.runs)
        expect(q[:, None], self.only, self.rates(), expected)
        return expected

    def learned_values(self, runs: np.ndarray) -> np.ndarray:
        best: np.ndarray = self.table_of(runs).max(axis=2)
        return best

    def report(self) -> Record:
        """On a finite set of states the arrays of agents with tables, elsewhere `learned_weights`."""
        if not isinstance(self.basis, StateFeatures):
            return Record(learned_weights=kept(self.w))
        q = self.table_of(self.every_run)
        greedy_for = greedy_counts(q.argmax(axis=2), self.actions)
        return Record(learned_value=q.max(axis=2).mean(axis=0), greedy_for=greedy_for, learned_q=kept(q))
