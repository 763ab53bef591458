"""Batch TD(0)."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require


@dataclass
class BatchTD(PredictionAgent):
    """The V at which TD(0) comes to rest, from all steps so far again and again.

    Σ_t 1{S_t = s} [R_t + γ V(S_{t+1}) − V(s)] = 0    for all s

    It is the value of the policy in the model that all steps so far make the likeliest. V(S_{t+1}) = 0 where the
    episode terminated. It needs no α. States where it has not been keep their `initial` value, and with γ = 1 those
    from which it has not seen an end.
    Source: Sutton & Barto (2nd ed.), section 6.3; Bradtke & Barto, Machine Learning 22 (1996).
    """

    alpha: int | float | str = "1/visits"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.alpha != "1/visits":
            raise SettingError("alpha", self.alpha, "must be 1/visits: all steps so far count alike")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        states = self.v.shape[1]
        require("runs", self.runs, 8 * self.runs * states**2)
        self.matrix, self.total = np.zeros((self.runs, states, states)), np.zeros((self.runs, states))

    def improve(self, step: Transition) -> None:
        run, state = np.arange(self.runs), step.observation
        self.matrix[run, state, state] += 1
        self.matrix[run, state, step.next_observation] -= self.problem.discount * ~step.terminated
        self.total[run, state] += step.reward

    # In one thread, lest the rounding depend on the number of cores.
    @ThreadpoolController().wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
    def value(self, runs: np.ndarray) -> np.ndarray:
        matrix, total = self.matrix[runs], self.total[runs]
        unknown = ~self.known(matrix)
        matrix[unknown] = np.eye(matrix.shape[1])[unknown.nonzero()[1]]
        total[unknown] = self.initial
        value: np.ndarray = np.linalg.solve(matrix, total[:, :, None])[:, :, 0]
        return value

    def known(self, matrix: np.ndarray) -> np.ndarray:
        """[len(runs), states], where V is to be found: where it has been, and has seen an end or an unknown state."""
        been = np.count_nonzero(matrix, axis=2) > 0
        if self.problem.discount < 1:
            return been
        ends = ~been | (matrix.sum(axis=2) > 0.5)
        for _ in range(matrix.shape[1]):
            ends |= ((matrix < 0) & ends[:, None]).any(axis=2)
        known: np.ndarray = been & ends
        return known
