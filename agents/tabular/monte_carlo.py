"""Monte Carlo control."""

from dataclasses import dataclass

import numpy as np
from numba import boolean, float64, int32, int64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.episode_buffer import EpisodeMemory
from rlnotes.agents.tabular.base.signature import FLAGS, REALS, TABLE


@njit(
    void(
        *[TABLE, int64[:, ::1], int64[:, ::1], float64[:, ::1], int64[::1], boolean[:, :, ::1], int32[:, :, ::1]],
        *[REALS, boolean, float64, FLAGS, FLAGS, boolean, REALS],
    ),
    cache=True,
)
def learn(  # type: ignore[no-untyped-def]
    q, states, actions, rewards, length, seen, averaged,
    alpha, average, discount, terminated, ended, every_visit, expected,
):  # fmt: skip
    for run in range(len(length)):
        if not ended[run]:
            continue
        rest = 0.0 if terminated[run] else expected[run]
        for t in range(length[run] - 1, -1, -1):
            rewards[run, t] = rest = rewards[run, t] + discount * rest  # the return from t on
        for t in range(length[run]):
            s, a = states[run, t], actions[run, t]
            if every_visit or not seen[run, s, a]:
                averaged[run, s, a] += 1
                step = 1 / averaged[run, s, a] if average else alpha[run]
                q[run, s, a] += step * (rewards[run, t] - q[run, s, a])
            seen[run, s, a] = True
        for t in range(length[run]):
            seen[run, states[run, t], actions[run, t]] = False
        length[run] = 0


@dataclass
class MonteCarlo(ControlAgent):
    """Average the returns that followed, at the end of each episode [notes 2.2].

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α G_t,    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    of the first time only that the episode was in S_t and chose A_t, unless `every_visit`. Where an episode was
    truncated, Σ_a π(a|S) Q(S, a) of its last state takes the place of what did not follow.
    Source: Sutton & Barto (2nd ed.), section 5.4.
    """

    alpha: int | float | str = "1/visits"

    every_visit: bool = False
    """whether each visit of an episode counts, not only the first"""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.memory = EpisodeMemory(self.runs)
        self.seen, self.averaged = np.zeros(self.q.shape, bool), np.zeros(self.q.shape, np.int32)

    def improve(self, step: Transition) -> None:
        self.memory.add(step)
        ended = step.terminated | step.truncated
        if not ended.any():
            return
        memory = *self.memory.arrays, self.seen, self.averaged
        rule = self.step_size, self.alphas.counts, self.problem.discount
        now = step.terminated, ended, self.every_visit, self.expected(step.next_observation)
        learn(*(self.q, *memory, *rule, *now))
