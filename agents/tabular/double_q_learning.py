"""Double Q-learning."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.signature import REALS, STEP, TABLE


@njit(void(float64[:, :, :, ::1], TABLE, REALS, float64, *STEP, REALS), cache=True)
def learn(tables, q, alpha, discount, state, action, reward, next_state, terminated, uniform):  # type: ignore[no-untyped-def]
    for run in range(len(state)):
        one = np.uint64(uniform[run] < 0.5)
        other = np.uint64(1) - one
        best, following = -np.inf, 0.0
        for a in range(q.shape[2]):
            value, judged = tables[run, next_state[run], a, one], tables[run, next_state[run], a, other]
            following = judged if value > best else following
            best = value if value > best else best
        target = reward[run] + (0.0 if terminated[run] else discount * following)
        s, a = state[run], action[run]
        tables[run, s, a, one] += alpha[run] * (target - tables[run, s, a, one])
        q[run, s, a] = (tables[run, s, a, one] + tables[run, s, a, other]) / 2


@dataclass
class DoubleQLearning(ControlAgent):
    """Q-learning without its bias: one table names the best action, one its value.

    Q₁(S_t, A_t) ← (1 − α) Q₁(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Q₂(S_{t+1}, argmax_a Q₁(S_{t+1}, a))

    with Q₁ and Q₂ exchanged in half of the steps, by chance. It acts by their mean. ŷ_t = R_t where the episode
    terminated.
    Source: van Hasselt, Advances in Neural Information Processing Systems 23 (2010); Sutton & Barto (2nd ed.),
    section 6.7.
    """

    copies = 3

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.tables = np.stack([self.q, self.q], axis=3)

    def improve(self, step: Transition) -> None:
        chance = next(self.uniforms)
        learn(self.tables, self.q, self.step_size, self.problem.discount, *step[:5], chance)
