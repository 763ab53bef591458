"""One-step actor-critic with a softmax table [notes 2.6]."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.softmax_agent import SoftmaxAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, FloatMatrix, kernel


@kernel()
def learn(
    theta: FloatCube,
    v: FloatMatrix,
    probability: FloatMatrix,
    alpha: ConstFloatVector,
    beta: float,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
) -> None:
    error = np.empty(len(state))
    for run in range(len(state)):
        s = state[run]
        target = reward[run] + (0.0 if terminated[run] else discount * v[run, next_state[run]])
        error[run] = target - v[run, s]
        v[run, s] += beta * error[run]
    for run in range(len(state)):
        s = state[run]
        for a in range(theta.shape[2]):
            theta[run, s, a] += alpha[run] * error[run] * ((action[run] == a) - probability[a, run])


@dataclass
class SoftmaxActorCritic(SoftmaxAgent):
    """Learn a softmax policy from the temporal differences of its value [notes 2.6].

    δ_t = R_t + γ V(S_{t+1}) − V(S_t),    V(S_t) ← V(S_t) + β δ_t,
    θ(S_t, a) ← θ(S_t, a) + α δ_t [1{a = A_t} − π(a|S_t)]    for all a

    V(S_{t+1}) = 0 if the episode terminated. The weight γ^t of a step is left out, as is common.
    Source: Sutton & Barto (2nd ed.), section 13.5.
    """

    alpha: int | float | str = 0.1

    def improve(self, step: Transition) -> None:
        learn(self.theta, self.v, self.probability, self.step_size, self.beta, self.problem.discount, *step[:5])
