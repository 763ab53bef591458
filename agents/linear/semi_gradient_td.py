"""Semi-gradient TD(0)."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent


@dataclass
class SemiGradientTD(GradientPredictionAgent):
    """Learn linear values from the value of the next state.

    w ← w + α [ŷ_t − wᵀ x(S_t)] x(S_t),    ŷ_t = R_t + γ wᵀ x(S_{t+1})

    ŷ_t = R_t if the episode terminated, but not if it was truncated. With a small α, w comes near the TD fixed point.
    Source: Sutton, Machine Learning 3 (1988); Sutton & Barto (2nd ed.), section 9.3.
    """

    def improve(self, step: Transition) -> None:
        target = step.reward + self.discount(step) * self.of(self.next_x)
        self.approach(target, self.only)
