"""Batch TD(0)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.agent import Problem, Transition
from rlnotes.agents.tabular.prediction_agent import PredictionAgent
from rlnotes.envs.errors import SettingError
from rlnotes.envs.mdps.memory import require

PRIOR = 1e-9
"""steps that `initial` counts for, so that V is known of every state"""


@dataclass
class BatchTD(PredictionAgent):
    """The V at which TD(0) comes to rest, from all steps so far again and again.

    Σ_t 1{S_t = s} [R_t + γ V(S_{t+1}) − V(s)] = 0    for all s

    It is the value of the policy in the model that all steps so far make the likeliest. V(S_{t+1}) = 0 where the
    episode terminated. It needs no α.
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
        self.matrix = np.tile(PRIOR * np.eye(states), (self.runs, 1, 1))
        self.total = PRIOR * self.v

    def improve(self, step: Transition) -> None:
        run, state = np.arange(self.runs), step.observation
        self.matrix[run, state, state] += 1
        self.matrix[run, state, step.next_observation] -= self.problem.discount * ~step.terminated
        self.total[run, state] += step.reward

    def value(self, runs: np.ndarray) -> np.ndarray:
        value: np.ndarray = np.linalg.solve(self.matrix[runs], self.total[runs][:, :, None])[:, :, 0]
        return value
