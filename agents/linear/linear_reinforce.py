"""REINFORCE with linear features, with and without a baseline."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.policy_agent import LinearPolicyAgent
from rlnotes.agents.linear.base.step_buffer import ScoreBuffer
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    FloatCube,
    FloatMatrix,
    FloatVector,
    IntVector,
    UintCube,
    kernel,
)


@kernel()
def learn(
    theta: FloatCube,
    v: FloatCube,
    indices: UintCube,
    values: FloatCube,
    scores: FloatCube,
    rewards: FloatMatrix,
    alphas: FloatMatrix,
    length: IntVector,
    beta: ConstFloatVector,
    discount: float,
    following: ConstFloatVector,
    ended: ConstBoolVector,
    error: FloatVector,
) -> None:
    """Compute the returns of the episodes that ended, from the last step to the first, then learn forwards.

    `following` is γ times the value after the last step; `error` becomes the last one of a run, 0 if it learns nothing.
    """
    returns = np.empty(rewards.shape[1])
    for run in range(len(length)):
        error[run] = 0.0
        if not ended[run]:
            continue
        last = length[run] - 1
        returns[last] = rewards[run, last] + following[run]
        for t in range(last - 1, -1, -1):
            returns[t] = rewards[run, t] + discount * returns[t + 1]
        for t in range(last + 1):
            baseline = 0.0
            for k in range(indices.shape[2]):
                baseline += v[run, indices[run, t, k], 0] * values[run, t, k]
            error[run] = returns[t] - baseline
            for k in range(indices.shape[2]):
                i, x = indices[run, t, k], values[run, t, k]
                v[run, i, 0] += beta[run] * error[run] * x
                for c in range(scores.shape[2]):
                    theta[run, i, c] += alphas[run, t] * error[run] * scores[run, t, c] * x
        length[run] = 0


@dataclass
class LinearReinforce(LinearPolicyAgent):
    """Learn a linear policy from returns [notes 2.6].

    θ ← θ + α [G_t − wᵀ x(S_t)] ∇ log π(A_t|S_t),    w ← w + β [G_t − wᵀ x(S_t)] x(S_t),
    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    at the end of each episode, from its first step to its last. wᵀ x(s) is the baseline; β = 0 is REINFORCE without
    one. π is a softmax of the preferences θ_aᵀ x(s). In a Box it is Gaussian, with mean θ_μᵀ x(s) and log σ = θ_σᵀ x(s)
    plus the log of `deviation`. ∇ log π is that of the policy that played. The weight γ^t of a step is left out, as is
    common. If an episode was truncated, the value of its last state replaces the rest of the return.
    Source: Williams, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), sections 13.3, 13.4 and 13.7.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = ScoreBuffer(self.runs, self.basis.active, self.columns)

    def improve(self, step: Transition) -> None:
        buffer = self.buffer
        buffer.store(self.x, self.score, step.reward, self.step_size)
        ended = step.terminated | step.truncated
        if ended.any():
            following, error = self.discount(step) * self.value(self.next_x), np.empty(self.runs)
            steps = buffer.indices, buffer.values, buffer.scores, buffer.rewards, buffer.alphas, buffer.length
            learn(self.w, self.v, *steps, self.value_step_size, self.problem.discount, following, ended, error)
            self.require_finite(error)
