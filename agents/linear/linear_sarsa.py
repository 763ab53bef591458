"""Semi-gradient SARSA."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.next_action_agent import LinearNextActionAgent


@dataclass
class LinearSARSA(LinearNextActionAgent):
    """Learn linear values of the policy that plays, on-policy [notes 2.7].

    w_a ← w_a + α [ŷ_t − w_aᵀ x(S_t)] x(S_t) for a = A_t,    ŷ_t = R_t + γ w_a'ᵀ x(S_{t+1}) with a' = A_{t+1}

    A_{t+1} is drawn before the update and is played next. ŷ_t = R_t if the episode terminated. If it was truncated,
    A_{t+1} is drawn in its last state, although it is not played.
    Source: Sutton & Barto (2nd ed.), section 10.1.
    """

    def improve(self, step: Transition) -> None:
        target = step.reward + self.discount(step) * self.next_value(step)
        self.approach(target, step.action)
