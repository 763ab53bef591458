"""Semi-gradient TD(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.traces import TraceAgent, Traces


@dataclass
class LinearTDLambda(TraceAgent, GradientPredictionAgent):
    """Semi-gradient TD with a trace z of earlier features.

    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t);    z ← γ λ z + x(S_t);    w ← w + α δ_t z

    z begins each episode as 0. λ = 0 is semi-gradient TD(0).
    Source: Sutton, Machine Learning 3 (1988); Sutton & Barto (2nd ed.), section 12.2.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.traces = Traces(self.w, "accumulating")

    def improve(self, step: Transition) -> None:
        target = step.reward + self.discount(step) * self.of(self.next_x)
        error = target - self.of(self.x)
        fade = self.fade(self.cut(step))
        self.traces.spread(self.x, self.only, self.step_size, error, fade)
        self.require_finite(error)
