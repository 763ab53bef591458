"""n-step semi-gradient SARSA."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.next_action_agent import LinearNextActionAgent
from rlnotes.agents.linear.base.step_buffer import NStepAgent


@dataclass
class LinearNStepSARSA(NStepAgent, LinearNextActionAgent):
    """Linear SARSA that looks n steps ahead.

    w_a ← w_a + α [ŷ_t − w_aᵀ x(S_t)] x(S_t) for a = A_t,
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n w_a'ᵀ x(S_{t+n}) with a' = A_{t+n}

    If the episode ends before t + n, the sum stops at its end; if it was truncated there, the value of its last state
    and of an action drawn in that state replaces the rest. n = 1 is linear SARSA.
    Source: Sutton & Barto (2nd ed.), section 10.2.
    """

    def improve(self, step: Transition) -> None:
        following = self.discount(step) * self.next_value(step)
        self.require_finite(self.buffer.learn(self, step, step.action, following))
