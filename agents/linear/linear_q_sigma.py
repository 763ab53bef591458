"""Semi-gradient n-step Q(σ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.next_action_agent import LinearNextActionAgent
from rlnotes.agents.linear.base.step_buffer import NStepAgent
from rlnotes.base.kernels import (
    BoolCube,
    BoolMatrix,
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    FloatVector,
    IntMatrix,
    IntVector,
    UintCube,
    UintMatrix,
    kernel,
)


@kernel()
def look(
    w: FloatMatrix, index: UintMatrix, value: FloatMatrix, at: int, allowed: BoolMatrix, action: int, epsilon: float
) -> tuple[float, float, float]:
    """Q(s, a) of one action, π(a|s), and Σ_b π(b|s) Q(s, b) of the ε-greedy policy π, in the state stored `at`."""
    own, best, ties, total, available = 0.0, -np.inf, 0, 0.0, 0
    for b in range(w.shape[1]):
        if allowed[at, b]:
            q = 0.0
            for k in range(index.shape[1]):
                q += w[index[at, k], b] * value[at, k]
            own = q if b == action else own
            ties = 1 if q > best else ties + (q == best)
            best = max(best, q)
            total += q
            available += 1
    probability = epsilon / available + ((1 - epsilon) / ties if own == best else 0.0)
    return own, probability, (1 - epsilon) * best + epsilon * total / available


@kernel()
def learn(
    w: FloatCube,
    indices: UintCube,
    values: FloatCube,
    columns: IntMatrix,
    rewards: FloatMatrix,
    alphas: FloatMatrix,
    length: IntVector,
    allowed: BoolCube,
    index: UintMatrix,
    value: FloatMatrix,
    column: ConstIntVector,
    reward: ConstFloatVector,
    now_allowed: BoolMatrix,
    alpha: ConstFloatVector,
    following: ConstFloatVector,
    discount: float,
    sigma: float,
    epsilon: ConstFloatVector,
    ended: ConstBoolVector,
    error: FloatVector,
) -> None:
    """Store a step, and learn from the step n − 1 steps ago, or at the end of an episode from all that remain.

    `following` is γ times the value after the step, and 0 if nothing follows; `error` becomes the last one of a run.
    """
    n = columns.shape[1]
    for run in range(len(reward)):
        t = length[run]
        now = t % n
        for k in range(index.shape[1]):
            indices[run, now, k], values[run, now, k] = index[run, k], value[run, k]
        for b in range(w.shape[2]):
            allowed[run, now, b] = now_allowed[run, b]
        columns[run, now], rewards[run, now], alphas[run, now] = column[run], reward[run], alpha[run]
        length[run] = t + 1
        error[run] = 0.0
        first = max(t + 1 - n, 0)
        for begin in range(first, t + 1 if ended[run] else first + (t + 1 >= n)):
            target = rewards[run, now] + following[run]
            for i in range(t, begin, -1):
                at = i % n
                own, chance, expected = look(
                    w[run], indices[run], values[run], at, allowed[run], columns[run, at], epsilon[run]
                )
                backup = expected + chance * (target - own)
                target = rewards[run, (i - 1) % n] + discount * (sigma * target + (1 - sigma) * backup)
            at = begin % n
            a, total = columns[run, at], 0.0
            for k in range(index.shape[1]):
                total += w[run, indices[run, at, k], a] * values[run, at, k]
            error[run] = target - total
            for k in range(index.shape[1]):
                w[run, indices[run, at, k], a] += alphas[run, at] * error[run] * values[run, at, k]
        if ended[run]:
            length[run] = 0


@dataclass
class LinearQSigma(NStepAgent, LinearNextActionAgent):
    """Look n steps ahead, and mix the action that was drawn with all actions.

    w_a ← w_a + α [G_t − w_aᵀ x(S_t)] x(S_t) for a = A_t,    Q(s, a) = w_aᵀ x(s),    π' = π(A_{t+1}|S_{t+1}),
    G_t = R_t + γ {σ G_{t+1} + (1 − σ) [Σ_a π(a|S_{t+1}) Q(S_{t+1}, a) + π' (G_{t+1} − Q(S_{t+1}, A_{t+1}))]},
    G_{t+n} = Q(S_{t+n}, A_{t+n})

    π is the ε-greedy policy that plays. σ = 1 is n-step SARSA, σ = 0 is tree backup. If the episode ends before t + n,
    the last return is R_t, or if it was truncated there, the value of its last state follows.
    Source: De Asis, Hernandez-Garcia, Holland & Sutton, AAAI 2018; Sutton & Barto (2nd ed.), section 7.6, which adds
    Σ_a π(a|S) Q(S, a) − Q(S, A) to the part that is sampled.
    """

    sigma: float = 0.5
    """share σ of the drawn action, from 0 (tree backup) to 1 (SARSA)"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("sigma")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.was_allowed = np.ones((self.runs, self.n, self.actions), bool)

    def improve(self, step: Transition) -> None:
        allowed = self.values(self.x, step.observation, self.allowed) > -np.inf
        drawn, expected = self.next_value(step), self.expected(self.next_values(step))
        following = self.discount(step) * (self.sigma * drawn + (1 - self.sigma) * expected)
        buffer, error = self.buffer, np.empty(self.runs)
        steps = buffer.indices, buffer.values, buffer.columns, buffer.rewards, buffer.alphas, buffer.length
        now = *self.x, step.action, step.reward, allowed, self.step_size, following
        rates = self.problem.discount, self.sigma, self.rates(), step.terminated | step.truncated
        learn(self.w, *steps, self.was_allowed, *now, *rates, error)
        self.require_finite(error)
