"""Policies that are a softmax of preferences: policy-function modelling 策略函数建模 [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from numba import njit, uint64, void

from rlnotes.agents.agent import Problem
from rlnotes.agents.tabular.signature import NUMBERS, REALS, TABLE
from rlnotes.agents.tabular.tabular_agent import TabularAgent, votes
from rlnotes.envs.errors import SettingError


@njit(void(TABLE, NUMBERS, REALS, uint64[::1]), cache=True)
def draw(theta, state, uniform, action):  # type: ignore[no-untyped-def]
    """A ~ π(a|S) = exp θ(S, a) / Σ_b exp θ(S, b), in every run; θ = −∞ is not available."""
    actions = theta.shape[2]
    share = np.empty(actions)
    for run in range(len(state)):
        largest, total = -np.inf, 0.0
        for a in range(actions):
            largest = max(largest, theta[run, state[run], a])
        for a in range(actions):
            share[a] = np.exp(theta[run, state[run], a] - largest)
            total += share[a]
        left = uniform[run] * total
        for a in range(actions):
            if share[a] > 0:
                action[run] = a
                if left < share[a]:
                    break
                left -= share[a]


@dataclass
class SoftmaxAgent(TabularAgent):
    """An agent that learns preferences `theta` [runs, states, actions], whose softmax is its policy, and its value `v`.

    π(a|s) = exp θ(s, a) / Σ_b exp θ(s, b),    ∂ log π(a|s) / ∂θ(s, b) = 1{a = b} − π(b|s)
    """

    beta: float = 0.1
    """step size β of the value V [runs, states], from 0 to 1; 0: V = 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.beta <= 1:
            raise SettingError("beta", self.beta, "must be from 0 to 1")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.theta = self.table(0.0)
        self.v = np.zeros(self.theta.shape[:2])

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.uint64)
        draw(self.theta, state, self.rng.random(self.runs), action)
        return action

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.theta[runs].argmax(axis=2)

    def report(self) -> dict[str, np.ndarray]:
        """Of all runs `learned_value` [1, states], the mean of V, and the `votes`, `greedy_for`."""
        greedy_for = votes(self.theta.argmax(axis=2), self.theta.shape[2])
        return {"learned_value": self.v.mean(axis=0)[None], "greedy_for": greedy_for}
