"""REINFORCE with a softmax table [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from numba import float64, int64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episode_buffer import EpisodeMemory
from rlnotes.agents.tabular.base.signature import FLAGS, NUMBERS, REALS, TABLE
from rlnotes.agents.tabular.base.softmax_agent import SoftmaxAgent
from rlnotes.base.errors import SettingError


@njit(
    void(
        *[TABLE, float64[:, ::1], int64[:, ::1], int64[:, ::1], float64[:, ::1], int64[::1]],
        *[REALS, float64, float64, float64, NUMBERS, FLAGS, FLAGS],
    ),
    cache=True,
)
def learn(  # type: ignore[no-untyped-def]
    theta, v, states, actions, rewards, length, alpha, beta, entropy, discount, next_state, terminated, ended
):
    share = np.empty(theta.shape[2])
    for run in range(len(length)):
        if not ended[run]:
            continue
        following = 0.0 if terminated[run] else v[run, next_state[run]]
        for t in range(length[run] - 1, -1, -1):
            rewards[run, t] = following = rewards[run, t] + discount * following  # the return from t on
        for t in range(length[run]):
            s = states[run, t]
            error = rewards[run, t] - v[run, s]
            largest, total, mean = -np.inf, 0.0, 0.0
            for a in range(theta.shape[2]):
                largest = max(largest, theta[run, s, a])
            for a in range(theta.shape[2]):
                share[a] = np.exp(theta[run, s, a] - largest)
                total += share[a]
            for a in range(theta.shape[2]):
                share[a] /= total
                mean += share[a] * theta[run, s, a] if share[a] > 0 else 0.0
            for a in range(theta.shape[2]):
                steeper = error * ((actions[run, t] == a) - share[a])
                flatter = share[a] * (mean - theta[run, s, a]) if share[a] > 0 else 0.0
                theta[run, s, a] += alpha[run] * (steeper + entropy * flatter)
            v[run, s] += beta * error
        length[run] = 0


@dataclass
class SoftmaxReinforce(SoftmaxAgent):
    """Learn a softmax policy by the returns that followed [notes 2.6].

    θ(S_t, a) ← θ(S_t, a) + α {[G_t − V(S_t)] [1{a = A_t} − π(a|S_t)] + η ∂H(π(·|S_t)) / ∂θ(S_t, a)}    for all a,
    V(S_t) ← V(S_t) + β [G_t − V(S_t)],    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    at the end of each episode, from its first step to its last. V is the baseline, 0 where β = 0. As is usual, the
    weight γ^t of a step is left out. Where an episode was truncated, V of its last state takes the place of what did
    not follow. With η > 0 it goes on trying what seems worse, by the entropy of its policy,
    H(π) = −Σ_a π(a) log π(a),    ∂H(π(·|s)) / ∂θ(s, a) = π(a|s) [Σ_b π(b|s) θ(s, b) − θ(s, a)]

    Source: Williams, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), section 13.4; the entropy: Williams & Peng,
    Connection Science 3 (1991).
    """

    alpha: int | float | str = 0.1

    entropy: float = 0.0
    """weight η of the policy's entropy, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        if not 0 <= self.entropy < np.inf:
            raise SettingError("entropy", self.entropy, "must be 0 or more")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.memory = EpisodeMemory(self.runs)

    def improve(self, step: Transition) -> None:
        self.memory.add(step)
        ended = step.terminated | step.truncated
        if ended.any():
            rule = (
                self.step_size,
                self.beta,
                self.entropy,
                self.problem.discount,
                step.next_observation,
                step.terminated,
                ended,
            )
            learn(*(self.theta, self.v, *self.memory.arrays, *rule))
