"""True online TD(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.traces import TraceAgent, Traces


@dataclass
class TrueOnlineTDLambda(TraceAgent, GradientPredictionAgent):
    """TD(λ) whose weights equal those of the online λ-return algorithm exactly.

    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t);    z ← γ λ z + (1 − α γ λ zᵀ x(S_t)) x(S_t);
    w ← w + α [δ_t + wᵀ x(S_t) − U] z − α [wᵀ x(S_t) − U] x(S_t)

    U is the value of S_t when it was reached, and 0 in the first state of an episode, where z begins as 0.
    Source: van Seijen, Mahmood, Pilarski, Machado & Sutton, JMLR 17 (2016); Sutton & Barto (2nd ed.), section 12.5.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.traces, self.reached = Traces(self.w, "true_online"), np.zeros(self.runs)

    def improve(self, step: Transition) -> None:
        now, following = self.of(self.x), self.of(self.next_x)
        target = step.reward + self.discount(step) * following
        cut = self.cut(step)
        gap = np.where(cut, 0.0, now - self.reached)  # in the first step z = x, and U has no effect
        fade = self.fade(cut)
        self.traces.spread(self.x, self.only, self.step_size, target - now, fade, gap)
        self.reached = following
        self.require_finite(target - now)
