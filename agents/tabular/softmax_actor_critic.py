"""One-step actor-critic with a softmax table [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.agent import Problem, Transition
from rlnotes.agents.tabular.signature import REALS, STEP, TABLE
from rlnotes.agents.tabular.softmax import SoftmaxAgent
from rlnotes.agents.tabular.tabular_agent import votes
from rlnotes.envs.errors import SettingError


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

    beta: float = 0.1
    """step size β of the value V, above 0 and at most 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.beta <= 1:
            raise SettingError("beta", self.beta, "must be above 0 and at most 1")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.v = np.zeros(self.theta.shape[:2])

    def improve(self, step: Transition) -> None:
        learn(self.theta, self.v, self.step_size, self.beta, self.problem.discount, *step[:5])

    def report(self) -> dict[str, np.ndarray]:
        """Of all runs `learned_value` [1, states], the mean of V, and the `votes`, `greedy_for`."""
        return {
            "learned_value": self.v.mean(axis=0)[None],
            "greedy_for": votes(self.theta.argmax(axis=2), self.theta.shape[2]),
        }
