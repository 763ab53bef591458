"""Semi-gradient off-policy TD(0)."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.off_policy_agent import OffPolicyAgent


@dataclass
class OffPolicyTD(OffPolicyAgent):
    """Semi-gradient TD(0) of one policy while another plays, which may diverge.

    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t);    w ← w + α ρ_t δ_t x(S_t),    ρ_t = π(A_t|S_t) / b(A_t|S_t)

    Source: Sutton & Barto (2nd ed.), section 11.1.
    """

    def improve(self, step: Transition) -> None:
        self.add(self.w, self.x, self.step_size * self.rho(step) * self.error(step))
