"""Semi-gradient Q-learning."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.control_agent import LinearControlAgent


@dataclass
class LinearQLearning(LinearControlAgent):
    """Learn linear values of the best policy, whatever policy plays [notes 2.7].

    w_a ← w_a + α [ŷ_t − w_aᵀ x(S_t)] x(S_t) for a = A_t,    ŷ_t = R_t + γ max_b w_bᵀ x(S_{t+1})

    ŷ_t = R_t if the episode terminated, but not if it was truncated. It is off-policy, so the weights may diverge.
    Source: Watkins & Dayan, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), sections 6.5 and 11.1.
    """

    def improve(self, step: Transition) -> None:
        target = step.reward + self.discount(step) * self.next_values(step).max(axis=1)
        self.approach(target, step.action)
