"""Batch TD(0)."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.base.memory_check import require_memory


@dataclass
class BatchTD(PredictionAgent):
    """Find the limit of TD(0) that learns from all steps so far again and again.

    Σ_t 1{S_t = s} [R_t + γ V(S_{t+1}) − V(s)] = 0    for all s

    V is the value of the policy in the most likely model of all steps so far. V(S_{t+1}) = 0 if the episode terminated.
    No α is needed. States that were not visited have their `initial` value, and with γ = 1 also those from which no end
    was seen.
    Source: Sutton & Barto (2nd ed.), section 6.3; Bradtke & Barto, Machine Learning 22 (1996).
    """

    alpha: int | float | str = "1/visits"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("alpha", self.alpha == "1/visits", "must be 1/visits: all steps so far count alike")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        states = self.v.shape[1]
        require_memory("runs", self.runs, 8 * self.runs * states**2)
        self.matrix, self.total = np.zeros((self.runs, states, states)), np.zeros((self.runs, states))

    def improve(self, step: Transition) -> None:
        """Add a step to the equations `matrix` V = `total`."""
        run, state = self.every_run, step.observation
        self.matrix[run, state, state] += 1
        self.matrix[run, state, step.next_observation] -= self.problem.discount * ~step.terminated
        self.total[run, state] += step.reward

    # One thread: otherwise the rounding depends on the number of cores.
    @ThreadpoolController().wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
    def value(self, runs: np.ndarray) -> np.ndarray:
        matrix, total = self.matrix[runs], self.total[runs]
        unknown = ~self.known(matrix)
        matrix[unknown] = np.eye(matrix.shape[1])[unknown.nonzero()[1]]
        total[unknown] = self.initial
        value: np.ndarray = np.linalg.solve(matrix, total[:, :, None])[:, :, 0]
        return value

    def known(self, matrix: np.ndarray) -> np.ndarray:
        """Whether the equations give V(s) [len(runs), states].

        They do if s was visited and, with γ = 1, an end or a state that was not visited was reached from it.
        """
        visited = np.count_nonzero(matrix, axis=2) > 0
        if self.problem.discount < 1:
            return visited
        ends = ~visited | (matrix.sum(axis=2) > 0.5)
        for _ in range(matrix.shape[1]):
            ends |= ((matrix < 0) & ends[:, None]).any(axis=2)
        known: np.ndarray = visited & ends
        return known
