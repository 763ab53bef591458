"""n-step TD."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.agents.tabular.base.step_buffer import recent
from rlnotes.agents.tabular.n_step_sarsa import learn


@dataclass
class NStepTD(PredictionAgent):
    """TD that looks n steps ahead.

    V(S_t) ← (1 − α) V(S_t) + α [R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n V(S_{t+n})]

    Where the episode ends before t + n, the sum goes as far as it went; where it was truncated there, the value of its
    last state takes the place of what did not follow. n = 1 is TD(0).
    Source: Sutton & Barto (2nd ed.), section 7.1.
    """

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.recent = recent(self.runs, self.n)

    def improve(self, step: Transition) -> None:
        learn(*(self.q, *self.recent, self.step_size, self.problem.discount, *step, self.only))
