"""n-step semi-gradient TD."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.step_buffer import StepBuffer


@dataclass
class LinearNStepTD(GradientPredictionAgent):
    """Semi-gradient TD that looks n steps ahead.

    w ← w + α [ŷ_t − wᵀ x(S_t)] x(S_t),
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n wᵀ x(S_{t+n})

    If the episode ends before t + n, the sum stops at its end; if it was truncated there, the value of its last state
    replaces the rest. n = 1 is semi-gradient TD(0).
    Source: Sutton & Barto (2nd ed.), section 9.4.
    """

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = StepBuffer(self.runs, self.basis.active, self.n)

    def improve(self, step: Transition) -> None:
        following = self.discount(step) * self.of(self.next_x)
        self.require_finite(self.buffer.learn(self, step, self.only, following))
