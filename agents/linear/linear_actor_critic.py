"""Actor-critic with linear features, and with traces."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.policy_agent import LinearPolicyAgent
from rlnotes.agents.linear.base.traces import TraceAgent, Traces


@dataclass
class LinearActorCritic(TraceAgent, LinearPolicyAgent):
    """Learn a linear policy from temporal differences of a linear value [notes 2.6].

    δ_t = R_t + γ wᵀ x(S_{t+1}) − wᵀ x(S_t);
    z ← γ λ z + x(S_t),                  w ← w + β δ_t z;
    z_θ ← γ λ z_θ + ∇ log π(A_t|S_t),    θ ← θ + α δ_t z_θ

    π is a softmax of the preferences θ_aᵀ x(s). In a Box it is Gaussian, with mean θ_μᵀ x(s) and log σ = θ_σᵀ x(s) plus
    the log of `deviation`. λ = 0 is the one-step actor-critic. The traces begin each episode as 0. The weight γ^t of a
    step is left out, as is common.
    Source: Sutton & Barto (2nd ed.), sections 13.5 and 13.7.
    """

    copies = 6

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        theta = self.w.reshape(self.runs, -1, 1)  # one column; ∇ log π has active · columns of its numbers
        self.actor, self.critic = Traces(theta, "accumulating"), Traces(self.v, "accumulating")
        self.ended = np.zeros(self.runs, bool)

    def improve(self, step: Transition) -> None:
        error = step.reward + self.discount(step) * self.value(self.next_x) - self.value(self.x)
        fade = self.fade(self.ended)
        self.critic.spread(self.x, self.only, self.value_step_size, error, fade)
        self.actor.spread(self.gradient(), self.only, self.step_size, error, fade)
        self.ended = step.terminated | step.truncated
        self.require_finite(error)

    def gradient(self) -> Active:
        """∇ log π(A_t|S_t), as the numbers of θ in a column and their values [runs, active · columns]."""
        number, x = self.x
        numbers = number[:, :, None] * np.uint64(self.columns) + np.arange(self.columns, dtype=np.uint64)
        gradient = x[:, :, None] * self.score[:, None, :]
        return Active(numbers.reshape(self.runs, -1), gradient.reshape(self.runs, -1))
