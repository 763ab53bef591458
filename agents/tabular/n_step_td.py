"""n-step TD."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.agents.tabular.base.step_buffer import StepBuffer
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntMatrix,
    IntVector,
    kernel,
)


@kernel()
def learn(
    v: FloatMatrix,
    states: IntMatrix,
    rewards: FloatMatrix,
    alphas: FloatMatrix,
    length: IntVector,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    truncated: ConstBoolVector,
) -> None:
    """Store a step, and learn from the step n − 1 steps ago, or at the end of an episode from all that remain."""
    n = states.shape[1]
    targets = np.empty(n)
    for run in range(len(state)):
        t = length[run]
        states[run, t % n], rewards[run, t % n], alphas[run, t % n] = state[run], reward[run], alpha[run]
        length[run] = t + 1
        ended = terminated[run] | truncated[run]
        if t + 1 < n and not ended:
            continue
        first = max(t + 1 - n, 0)
        target = 0.0 if terminated[run] else v[run, next_state[run]]
        for i in range(t, first - 1, -1):
            target = rewards[run, i % n] + discount * target
            targets[i % n] = target
        for i in range(first, t + 1 if ended else first + 1):
            s = states[run, i % n]
            v[run, s] += alphas[run, i % n] * (targets[i % n] - v[run, s])
        if ended:
            length[run] = 0


@dataclass
class NStepTD(PredictionAgent):
    """TD that looks n steps ahead.

    V(S_t) ← (1 − α) V(S_t) + α ŷ_t,
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n V(S_{t+n})

    If the episode ends before t + n, the sum stops at its end; if it was truncated there, the value of its last state
    replaces the rest. n = 1 is TD(0).
    Source: Sutton & Barto (2nd ed.), section 7.1.
    """

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = StepBuffer.empty(self.runs, self.n)

    def improve(self, step: Transition) -> None:
        states, _, rewards, alphas, length = self.buffer
        buffer = states, rewards, alphas, length
        state, _, reward, next_state, terminated, truncated = step
        now = state, reward, next_state, terminated, truncated
        learn(self.v, *buffer, self.step_size, self.problem.discount, *now)
