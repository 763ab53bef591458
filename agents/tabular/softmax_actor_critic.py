"""One-step actor-critic with a softmax table [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.agent import Transition
from rlnotes.agents.tabular.signature import REALS, STEP, TABLE
from rlnotes.agents.tabular.softmax import SoftmaxAgent


@njit(void(TABLE, float64[:, ::1], REALS, float64, float64, *STEP), cache=True)
def learn(theta, v, alpha, beta, discount, state, action, reward, next_state, terminated):  # type: ignore[no-untyped-def]
    actions = theta.shape[2]
    for run in range(len(state)):
        s = state[run]
        error = reward[run] + (0.0 if terminated[run] else discount * v[run, next_state[run]]) - v[run, s]
        largest, total = -np.inf, 0.0
        for a in range(actions):
            largest = max(largest, theta[run, s, a])
        for a in range(actions):
            total += np.exp(theta[run, s, a] - largest)
        for a in range(actions):
            share = np.exp(theta[run, s, a] - largest) / total
            theta[run, s, a] += alpha[run] * error * ((action[run] == a) - share)
        v[run, s] += beta * error


@dataclass
class SoftmaxActorCritic(SoftmaxAgent):
    """Learn a softmax policy by the temporal differences of its value [notes 2.6].

    δ_t = R_t + γ V(S_{t+1}) − V(S_t),    V(S_t) ← V(S_t) + β δ_t,
    θ(S_t, a) ← θ(S_t, a) + α δ_t [1{a = A_t} − π(a|S_t)]    for all a

    V(S_{t+1}) = 0 where the episode terminated. As is usual, the weight γ^t of a step is left out.
    Source: Sutton & Barto (2nd ed.), section 13.5.
    """

    alpha: int | float | str = 0.1

    def improve(self, step: Transition) -> None:
        learn(self.theta, self.v, self.step_size, self.beta, self.problem.discount, *step[:5])
