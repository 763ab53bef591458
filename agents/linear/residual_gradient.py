"""The residual gradient algorithm."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.off_policy_agent import OffPolicyAgent


@dataclass
class ResidualGradient(OffPolicyAgent):
    """Follow the whole gradient of the squared temporal difference.

    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t),    ρ_t = π(A_t|S_t) / b(A_t|S_t),
    w ← w + α ρ_t δ_t [x(S_t) − γ x(S_{t+1})]

    It converges to the least mean square of δ. That is the Bellman-error optimum only if the transitions of π are
    deterministic, since both factors use the same next state.
    Source: Baird, ICML 1995; Sutton & Barto (2nd ed.), section 11.5.
    """

    def improve(self, step: Transition) -> None:
        change = self.step_size * self.rho(step) * self.error(step)
        self.add(self.w, self.x, change)
        self.add(self.w, self.next_x, -self.discount(step) * change)
