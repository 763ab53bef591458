"""Semi-gradient Expected SARSA."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.control_agent import LinearControlAgent


@dataclass
class LinearExpectedSARSA(LinearControlAgent):
    """Linear SARSA with the mean over the next action in place of a drawn action.

    w_a ← w_a + α [ŷ_t − w_aᵀ x(S_t)] x(S_t) for a = A_t,    ŷ_t = R_t + γ Σ_b π(b|S_{t+1}) w_bᵀ x(S_{t+1})

    π is the policy that plays. ŷ_t = R_t if the episode terminated.
    Source: van Seijen, van Hasselt, Whiteson & Wiering (2009); Sutton & Barto (2nd ed.), sections 6.6 and 10.1.
    """

    def improve(self, step: Transition) -> None:
        target = step.reward + self.discount(step) * self.expected(self.next_values(step))
        self.approach(target, step.action)
