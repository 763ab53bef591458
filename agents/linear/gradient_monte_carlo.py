"""Gradient Monte Carlo."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.step_buffer import StepBuffer


@dataclass
class GradientMonteCarlo(GradientPredictionAgent):
    """Move linear values towards the returns, at the end of an episode [notes 2.2].

    w ← w + α [ŷ_t − wᵀ x(S_t)] x(S_t) for t = 0, 1, …,    ŷ_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    If an episode was truncated, the value of its last state replaces the rest of the return. With a small α, w comes
    near the least-squares fit of V_π under the on-policy distribution.
    Source: Sutton & Barto (2nd ed.), section 9.3.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = StepBuffer(self.runs, self.basis.active)

    def improve(self, step: Transition) -> None:
        following = self.discount(step) * self.of(self.next_x)
        self.require_finite(self.buffer.learn(self, step, self.only, following))
