"""SARSA [notes 2.6, 2.7]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.next_action_agent import NextActionAgent
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
    next_action: ConstIntVector,
) -> None:
    for run in range(len(state)):
        following = q[run, np.uint64(next_state[run]), np.uint64(next_action[run])]
        target = reward[run] + (0.0 if terminated[run] else discount * following)
        s, a = np.uint64(state[run]), np.uint64(action[run])
        q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class SARSA(NextActionAgent):
    """Learn the values of the policy that plays, on-policy [notes 2.7].

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Q(S_{t+1}, A_{t+1})

    A_{t+1} is drawn before the update and is played next. ŷ_t = R_t if the episode terminated. If it was truncated,
    A_{t+1} is drawn in its last state, although it is not played.
    Source: Rummery & Niranjan (1994); Sutton & Barto (2nd ed.), section 6.4.
    """

    def improve(self, step: Transition) -> None:
        next_action = self.draw_next_action(step)
        learn(self.q, self.step_size, self.problem.discount, *step[:5], next_action)
