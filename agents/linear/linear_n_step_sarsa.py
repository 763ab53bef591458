"""n-step semi-gradient SARSA."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.next_action_agent import LinearNextActionAgent
from rlnotes.agents.linear.base.step_buffer import StepBuffer


@dataclass
class LinearNStepSARSA(LinearNextActionAgent):
    """Linear SARSA that looks n steps ahead.

    w_a ← w_a + α [ŷ_t − w_aᵀ x(S_t)] x(S_t) for a = A_t,
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n w_a'ᵀ x(S_{t+n}) with a' = A_{t+n}

    If the episode ends before t + n, the sum stops at its end; if it was truncated there, the value of its last state
    and of an action drawn in that state replaces the rest. n = 1 is linear SARSA.
    Source: Sutton & Barto (2nd ed.), section 10.2.
    """

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = StepBuffer(self.runs, self.basis.active, self.n)

    def improve(self, step: Transition) -> None:
        following = self.discount(step) * self.next_value(step)
        self.require_finite(self.buffer.learn(self, step, step.action, following))
