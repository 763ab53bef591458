"""Linear SARSA(λ) and true online SARSA(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.linear.base.next_action_agent import LinearNextActionAgent
from rlnotes.agents.linear.base.traces import KINDS, TraceAgent, Traces


@dataclass
class LinearSARSALambda(TraceAgent, LinearNextActionAgent):
    """Linear SARSA with traces z_a of earlier features and actions.

    δ_t = R_t + γ w_a'ᵀ x(S_{t+1}) − w_aᵀ x(S_t) with a = A_t, a' = A_{t+1};    z ← γ λ z;    then
    accumulating   z_a ← z_a + x(S_t)                               w ← w + α δ_t z
    replacing      z_a ← 1 where x(S_t) is 1                        w ← w + α δ_t z
    dutch          z_a ← z_a + [1 − α z_aᵀ x(S_t)] x(S_t)           w ← w + α δ_t z
    true_online    z_a as dutch                                     w ← w + α [δ_t + g] z,  w_a ← w_a − α g x(S_t),
                   g = w_aᵀ x(S_t) − U, where U is the value of S_t, A_t when A_t was drawn; 0 in the first step

    z begins each episode as 0. λ = 0 is linear SARSA. Replacing traces need features that are 0 or 1.
    Source: Sutton & Barto (2nd ed.), section 12.7; van Seijen et al., JMLR 17 (2016).
    """

    traces: str = "true_online"
    """accumulating, replacing, dutch or true_online"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_choice("traces", KINDS)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.traces == "replacing" and not self.described(problem).binary:
            raise ProblemError("needs features that are 0 or 1, such as tiles:8x8, for agent.traces=replacing")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.eligibility, self.drawn = Traces(self.w, self.traces), np.zeros(self.runs)
        self.ended = np.zeros(self.runs, bool)

    def improve(self, step: Transition) -> None:
        now = self.values(self.x, step.observation, None)[self.every_run, step.action]
        following = self.next_value(step)
        target = step.reward + self.discount(step) * following
        error, fade = target - now, self.fade(self.ended)
        gap = np.where(self.ended, 0.0, now - self.drawn) if self.traces == "true_online" and self.t > 1 else None
        self.eligibility.spread(self.x, step.action, self.step_size, error, fade, gap)
        self.drawn, self.ended = following, step.terminated | step.truncated
        self.require_finite(error)
