"""REINFORCE with a softmax table [notes 2.6]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episode_buffer import EpisodeBuffer
from rlnotes.agents.tabular.base.softmax_agent import SoftmaxAgent
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    IntMatrix,
    IntVector,
    kernel,
)


@kernel()
def learn(
    theta: FloatCube,
    v: FloatMatrix,
    states: IntMatrix,
    actions: IntMatrix,
    rewards: FloatMatrix,
    length: IntVector,
    alpha: ConstFloatVector,
    beta: float,
    entropy: float,
    discount: float,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    ended: ConstBoolVector,
) -> None:
    """Compute the returns of the episodes that ended, from the last step to the first, then learn forwards."""
    probability, returns = np.empty(theta.shape[2]), np.empty(states.shape[1])
    for run in range(len(length)):
        if not ended[run]:
            continue
        target = 0.0 if terminated[run] else v[run, next_state[run]]
        for t in range(length[run] - 1, -1, -1):
            target = rewards[run, t] + discount * target
            returns[t] = target
        for t in range(length[run]):
            s = states[run, t]
            error = returns[t] - v[run, s]
            largest, total, mean = -np.inf, 0.0, 0.0
            for a in range(theta.shape[2]):
                largest = max(largest, theta[run, s, a])
            for a in range(theta.shape[2]):
                probability[a] = np.exp(theta[run, s, a] - largest)
                total += probability[a]
            for a in range(theta.shape[2]):
                probability[a] /= total
                mean += probability[a] * theta[run, s, a] if probability[a] > 0 else 0.0
            for a in range(theta.shape[2]):
                of_return = error * ((actions[run, t] == a) - probability[a])
                of_entropy = probability[a] * (mean - theta[run, s, a]) if probability[a] > 0 else 0.0
                theta[run, s, a] += alpha[run] * (of_return + entropy * of_entropy)
            v[run, s] += beta * error
        length[run] = 0


@dataclass
class SoftmaxReinforce(SoftmaxAgent):
    """Learn a softmax policy from returns [notes 2.6].

    θ(S_t, a) ← θ(S_t, a) + α {[G_t − V(S_t)] [1{a = A_t} − π(a|S_t)] + η ∂H(π(·|S_t)) / ∂θ(S_t, a)}    for all a,
    V(S_t) ← V(S_t) + β [G_t − V(S_t)],    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    at the end of each episode, from its first step to its last. V is the baseline, 0 if β = 0. The weight γ^t of a step
    is left out, as is common. If an episode was truncated, V of its last state replaces the rest of the return. With
    η > 0 the entropy H of the policy makes the agent continue to try actions that seem worse:

    H(π) = −Σ_a π(a) log π(a),    ∂H(π(·|s)) / ∂θ(s, a) = π(a|s) [Σ_b π(b|s) θ(s, b) − θ(s, a)]

    Source: Williams, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), section 13.4; the entropy: Williams & Peng,
    Connection Science 3 (1991).
    """

    alpha: int | float | str = 0.1

    entropy: float = 0.0
    """weight η of the policy's entropy, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        self.require("entropy", 0 <= self.entropy < np.inf, "must be 0 or more")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.episode = EpisodeBuffer(self.runs)

    def improve(self, step: Transition) -> None:
        self.episode.add(step)
        ended = step.terminated | step.truncated
        if ended.any():
            steps = self.episode.states, self.episode.actions, self.episode.rewards, self.episode.length
            rates = self.step_size, self.beta, self.entropy, self.problem.discount
            learn(self.theta, self.v, *steps, *rates, step.next_observation, step.terminated, ended)
