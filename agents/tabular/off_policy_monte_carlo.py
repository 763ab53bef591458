"""Off-policy Monte Carlo control."""

from dataclasses import dataclass

import numpy as np
from numba import float64, int64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.episode_buffer import EpisodeMemory
from rlnotes.agents.tabular.base.signature import FLAGS, NUMBERS, REALS, TABLE
from rlnotes.base.errors import SettingError

LARGEST = 1e300
"""importance beyond which numbers would overflow"""


@njit(
    void(
        *[TABLE, TABLE, int64[:, ::1], int64[:, ::1], float64[:, ::1], float64[:, ::1], int64[::1]],
        *[float64, NUMBERS, FLAGS, FLAGS, REALS],
    ),
    cache=True,
)
def learn(  # type: ignore[no-untyped-def]
    q, weight, states, actions, rewards, chance, length, discount, next_state, terminated, ended, epsilon
):
    for run in range(len(length)):
        t = length[run] - 1
        row = q[run, states[run, t]]
        best, ties, available = -np.inf, 0, 0
        for a in range(len(row)):
            ties = 1 if row[a] > best else ties + (row[a] == best)
            best = row[a] if row[a] > best else best
            available += row[a] > -np.inf
        greedy = (1 - epsilon[run]) / ties if row[actions[run, t]] == best else 0.0
        chance[run, t] = epsilon[run] / available + greedy
        if not ended[run]:
            continue
        following, w = 0.0, 1.0
        if not terminated[run]:
            following = -np.inf
            for a in range(q.shape[2]):
                following = max(following, q[run, next_state[run], a])
        for t in range(length[run] - 1, -1, -1):
            s, a = states[run, t], actions[run, t]
            following = rewards[run, t] + discount * following
            weight[run, s, a] += w
            q[run, s, a] += w / weight[run, s, a] * (following - q[run, s, a])
            w /= chance[run, t]
            if np.argmax(q[run, s]) != a or w > LARGEST:
                break
        length[run] = 0


@dataclass
class OffPolicyMonteCarlo(ControlAgent):
    """Learn the greedy policy from returns of the ε-greedy one, by importance.

    backwards from the end of the episode, as long as A_t is the first of the best actions (and W no larger than 1e300):
    C(S_t, A_t) ← C(S_t, A_t) + W,    Q(S_t, A_t) ← Q(S_t, A_t) + W / C(S_t, A_t) [G_t − Q(S_t, A_t)],
    W ← W / b(A_t|S_t)

    of the probability b with which A_t was played; weighted importance sampling, so that it needs no α. Where an
    episode was truncated, max_a Q(S, a) of its last state takes the place of what did not follow.
    Source: Sutton & Barto (2nd ed.), section 5.7.
    """

    alpha: int | float | str = "1/visits"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_epsilon_greedy()
        if self.alpha != "1/visits":
            raise SettingError("alpha", self.alpha, "must be 1/visits: returns are averaged by their importance")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.memory, self.weight = EpisodeMemory(self.runs), np.zeros_like(self.q)
        self.chance = np.zeros_like(self.memory.rewards)

    def improve(self, step: Transition) -> None:
        self.memory.add(step)
        states, actions, rewards, length = self.memory.arrays
        if self.chance.shape != rewards.shape:
            self.chance = np.pad(self.chance, ((0, 0), (0, rewards.shape[1] - self.chance.shape[1])))
        now = step.next_observation, step.terminated, step.terminated | step.truncated, self.rate
        memory = self.weight, states, actions, rewards, self.chance, length
        learn(*(self.q, *memory, self.problem.discount, *now))
