"""Q-learning [notes 2.6, 2.7]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, kernel


@kernel()
def learn(
    q: FloatCube,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
) -> None:
    target, last = np.empty(len(state)), q.shape[2] - 1
    for run in range(len(state)):  # a loop that only reads q, so that the CPU fetches many rows from memory at once
        s = np.uint64(next_state[run])
        target[run] = q[run, s, 0] + q[run, s, last]  # nobody uses the sum
    for run in range(len(state)):
        s, best = np.uint64(next_state[run]), -np.inf
        for a in range(last + 1):
            value = q[run, s, a]
            best = value if value > best else best
        target[run] = reward[run] + (0.0 if terminated[run] else discount * best)
    for run in range(len(state)):
        s, b = np.uint64(state[run]), np.uint64(action[run])
        q[run, s, b] += alpha[run] * (target[run] - q[run, s, b])


@dataclass
class QLearning(ControlAgent):
    """Learn the values of the best policy, whatever policy plays [notes 2.7].

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ max_a Q(S_{t+1}, a)

    ŷ_t = R_t if the episode terminated, but not if it was truncated.
    Source: Watkins & Dayan, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), section 6.5.
    """

    def improve(self, step: Transition) -> None:
        learn(self.q, self.step_size, self.problem.discount, *step[:5])
