"""What agents have in common that learn a table Q(s, a) and act ε-greedily by it."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.agent import Problem
from rlnotes.agents.tabular.epsilon_greedy import choose, expect
from rlnotes.agents.tabular.schedule import Schedule
from rlnotes.agents.tabular.tabular_agent import TabularAgent, votes
from rlnotes.envs.errors import SettingError


@dataclass
class ControlAgent(TabularAgent):
    """An agent that learns `q` [runs, states, actions] by experience."""

    epsilon: int | float | str = 0.1
    """probability ε of a random action, from 0 to 1; it may change likewise"""

    initial: float = 0.0
    """Q at the start; where it is above what can be reached, an agent tries everything"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("epsilon", self.epsilon, positive=False)
        if not np.isfinite(self.initial):
            raise SettingError("initial", self.initial, "must be a number")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        self.epsilons = Schedule.of("epsilon", self.epsilon, positive=False)
        super().begin(problem, rng)
        self.q, self.rate = self.table(self.initial), np.full(self.runs, self.epsilons.first)

    @property
    def counts(self) -> bool:
        return super().counts or self.epsilons.counts

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.uint64)
        choose(self.q, state, self.exploration(state), self.rng.random(self.runs), action, self.all)
        return action

    def expected(self, state: np.ndarray) -> np.ndarray:
        """Σ_a π(a|s) Q(s, a) [runs] of the ε-greedy policy in these states."""
        expected = np.empty(self.runs)
        expect(self.q, state, self.exploration(state), expected)
        return expected

    def exploration(self, state: np.ndarray) -> np.ndarray:
        """ε of each run [runs] for the next action."""
        if self.epsilons.counts:
            self.rate = 1 / (1 + self.visits[np.arange(self.runs), state].sum(axis=1))
        elif self.epsilons.changes:
            self.rate[:] = self.epsilons.at(self.t)
        return self.rate

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.q[runs].argmax(axis=2)

    def report(self) -> dict[str, np.ndarray]:
        """Of all runs `learned_value` [1, states], the mean of max_a Q, and the `votes`, `greedy_for`."""
        greedy_for = votes(self.q.argmax(axis=2), self.q.shape[2])
        return {"learned_value": self.q.max(axis=2).mean(axis=0)[None], "greedy_for": greedy_for}
