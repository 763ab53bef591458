"""Emphatic TD(0)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.off_policy_agent import OffPolicyAgent


@dataclass
class EmphaticTD(OffPolicyAgent):
    """Off-policy TD(0) with an emphasis on states as they occur under the policy.

    The emphasis M makes it stable in expectation.

    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t),    ρ_t = π(A_t|S_t) / b(A_t|S_t),
    M_t = 1 + γ ρ_{t−1} M_{t−1},    w ← w + α M_t ρ_t δ_t x(S_t)

    M = 1 in the first step of an episode. The variance of M may be infinite, so single runs need not converge.
    Source: Sutton, Mahmood & White, JMLR 17 (2016); Sutton & Barto (2nd ed.), section 11.8.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.follow_on = np.zeros(self.runs)  # γ ρ_{t−1} M_{t−1}

    def improve(self, step: Transition) -> None:
        rho, emphasis = self.rho(step), 1 + self.follow_on
        self.add(self.w, self.x, self.step_size * emphasis * rho * self.error(step))
        self.follow_on = self.problem.discount * rho * emphasis * ~(step.terminated | step.truncated)
