"""One-step actor-critic with a softmax table [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.signature import REALS, STEP, TABLE, VALUES
from rlnotes.agents.tabular.base.softmax_agent import SoftmaxAgent


@njit(void(TABLE, VALUES, VALUES, REALS, float64, float64, *STEP), cache=True)
def learn(theta, v, share, alpha, beta, discount, state, action, reward, next_state, terminated):  # type: ignore[no-untyped-def]
    error = np.empty(len(state))
    for run in range(len(state)):
        following = 0.0 if terminated[run] else discount * v[run, next_state[run]]
        error[run] = reward[run] + following - v[run, state[run]]
        v[run, state[run]] += beta * error[run]
    for run in range(len(state)):
        s = state[run]
        for a in range(theta.shape[2]):
            theta[run, s, a] += alpha[run] * error[run] * ((action[run] == a) - share[a, run])


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
        learn(self.theta, self.v, self.share, self.step_size, self.beta, self.problem.discount, *step[:5])
