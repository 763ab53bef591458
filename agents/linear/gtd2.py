"""GTD2."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.linear.base.off_policy_agent import GradientCorrectionAgent


@dataclass
class GTD2(GradientCorrectionAgent):
    """Follow the gradient of the projected Bellman error, by second weights.

    The second weights v estimate the expected δ.
    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t),    ρ_t = π(A_t|S_t) / b(A_t|S_t),
    w ← w + α ρ_t [x(S_t) − γ x(S_{t+1})] x(S_t)ᵀ v,    v ← v + β ρ_t [δ_t − vᵀ x(S_t)] x(S_t)

    Source: Sutton, Maei, Precup, Bhatnagar, Silver, Szepesvári & Wiewiora, ICML 2009; Sutton & Barto (2nd ed.),
    section 11.7.
    """

    def improve(self, step: Transition) -> None:
        error, expected, rho = self.error(step), self.expected_error(), self.rho(step)
        change = self.step_size * rho * expected
        self.add(self.w, self.x, change)
        self.add(self.w, self.next_x, -self.discount(step) * change)
        self.add(self.v, self.x, self.beta * rho * (error - expected))
