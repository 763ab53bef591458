"""Double Q-learning."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, FloatCube4, kernel


@kernel()
def learn(
    tables: FloatCube4,
    q: FloatCube,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    uniform: ConstFloatVector,
) -> None:
    """Improve one of the `tables` [runs, states, actions, 2], and their mean `q`."""
    target, last = np.empty(len(state)), q.shape[2] - 1
    for run in range(len(state)):  # a loop that only reads, so that the CPU fetches many rows from memory at once
        s = np.uint64(next_state[run])
        target[run] = tables[run, s, 0, 0] + tables[run, s, last, 1]  # replaced below
    for run in range(len(state)):
        one = np.uint64(uniform[run] < 0.5)
        other = np.uint64(1) - one
        s, best, following = np.uint64(next_state[run]), -np.inf, 0.0
        for a in range(last + 1):
            value, other_value = tables[run, s, a, one], tables[run, s, a, other]
            following = other_value if value > best else following
            best = value if value > best else best
        target[run] = reward[run] + (0.0 if terminated[run] else discount * following)
    for run in range(len(state)):
        one = np.uint64(uniform[run] < 0.5)
        other = np.uint64(1) - one
        s, b = np.uint64(state[run]), np.uint64(action[run])
        tables[run, s, b, one] += alpha[run] * (target[run] - tables[run, s, b, one])
        q[run, s, b] = (tables[run, s, b, one] + tables[run, s, b, other]) / 2


@dataclass
class DoubleQLearning(ControlAgent):
    """Q-learning without its bias: one table chooses the action, the other values it.

    Q₁(S_t, A_t) ← (1 − α) Q₁(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Q₂(S_{t+1}, argmax_a Q₁(S_{t+1}, a))

    Q₁ and Q₂ are exchanged in each step with probability 1/2. The agent acts by their mean. ŷ_t = R_t if the episode
    terminated.
    Source: van Hasselt, Advances in Neural Information Processing Systems 23 (2010); Sutton & Barto (2nd ed.),
    section 6.7.
    """

    copies = 3

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.tables = np.stack([self.q, self.q], axis=3)

    def forbid(self, runs: np.ndarray, state: np.ndarray, action: np.ndarray) -> None:
        super().forbid(runs, state, action)
        self.tables[runs, state, action] = -np.inf

    def improve(self, step: Transition) -> None:
        uniform = next(self.uniforms)
        learn(self.tables, self.q, self.step_size, self.problem.discount, *step[:5], uniform)
