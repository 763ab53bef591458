"""n-step SARSA."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.next_action_agent import NextActionAgent
from rlnotes.agents.tabular.base.step_buffer import StepBuffer
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
    q: FloatCube,
    states: IntMatrix,
    actions: IntMatrix,
    rewards: FloatMatrix,
    alphas: FloatMatrix,
    length: IntVector,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    truncated: ConstBoolVector,
    next_action: ConstIntVector,
) -> None:
    """Store a step, and learn from the step n − 1 steps ago, or at the end of an episode from all that remain."""
    n = states.shape[1]
    targets = np.empty(n)
    for run in range(len(state)):
        t = length[run]
        states[run, t % n], actions[run, t % n] = state[run], action[run]
        rewards[run, t % n], alphas[run, t % n] = reward[run], alpha[run]
        length[run] = t + 1
        ended = terminated[run] | truncated[run]
        if t + 1 < n and not ended:
            continue
        first = max(t + 1 - n, 0)
        target = 0.0 if terminated[run] else q[run, next_state[run], next_action[run]]
        for i in range(t, first - 1, -1):
            target = rewards[run, i % n] + discount * target
            targets[i % n] = target
        for i in range(first, t + 1 if ended else first + 1):
            s, a = states[run, i % n], actions[run, i % n]
            q[run, s, a] += alphas[run, i % n] * (targets[i % n] - q[run, s, a])
        if ended:
            length[run] = 0


@dataclass
class NStepSARSA(NextActionAgent):
    """SARSA that looks n steps ahead.

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,
    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n Q(S_{t+n}, A_{t+n})

    If the episode ends before t + n, the sum stops at its end; if it was truncated there, the value of its last state
    and of an action drawn in that state replaces the rest. n = 1 is SARSA.
    Source: Sutton & Barto (2nd ed.), section 7.2.
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
        next_action = self.draw_next_action(step)
        learn(self.q, *self.buffer, self.step_size, self.problem.discount, *step, next_action)
