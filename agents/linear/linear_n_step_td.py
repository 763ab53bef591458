"""n-step semi-gradient TD."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.prediction_agent import GradientPredictionAgent
from rlnotes.agents.linear.base.step_buffer import NStepAgent


@dataclass
class LinearNStepTD(NStepAgent, GradientPredictionAgent):
    """Semi-gradient TD that looks n steps ahead.

    w ← w + α [ŷ_t − wᵀ x(S_t)] x(S_t),
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n wᵀ x(S_{t+n})

    If the episode ends before t + n, the sum stops at its end; if it was truncated there, the value of its last state
    replaces the rest. n = 1 is semi-gradient TD(0).
    Source: Sutton & Barto (2nd ed.), section 9.4.
    """

    def improve(self, step: Transition) -> None:
        following = self.discount(step) * self.of(self.next_x)
        self.require_finite(self.buffer.learn(self, step, self.only, following))
