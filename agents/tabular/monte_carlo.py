"""Monte Carlo control."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.episode_buffer import EpisodeBuffer
from rlnotes.base.kernels import (
    BoolCube,
    ConstFloatVector,
    FloatCube,
    FloatMatrix,
    Int32Cube,
    IntMatrix,
    IntVector,
    kernel,
)


@kernel()
def learn(
    q: FloatCube,
    states: IntMatrix,
    actions: IntMatrix,
    returns: FloatMatrix,
    length: IntVector,
    runs: IntVector,
    visited: BoolCube,
    averaged: Int32Cube,
    alpha: ConstFloatVector,
    average: bool,
    every_visit: bool,
) -> None:
    """Learn from the `returns` of the given `runs`, from the first step to the last, then empty the buffer.

    `average` means α = 1/N, where N is the number of returns `averaged` so far. `visited` is False outside this kernel.
    """
    for i in range(len(runs)):
        run = np.uint64(runs[i])  # unsigned, so that no index is checked for being negative
        for t in range(length[run]):
            s, a = states[run, t], actions[run, t]
            target = returns[i, t]
            if every_visit or not visited[run, s, a]:
                averaged[run, s, a] += 1
                step_size = 1 / averaged[run, s, a] if average else alpha[run]
                q[run, s, a] += step_size * (target - q[run, s, a])
            visited[run, s, a] = True
        for t in range(length[run]):
            visited[run, states[run, t], actions[run, t]] = False
        length[run] = 0


@dataclass
class MonteCarlo(ControlAgent):
    """Average the returns of states and actions at the end of an episode [notes 2.2].

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α G_t,    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + … = R_t + γ G_{t+1}

    Only the first visit of a state and action in an episode counts, unless `every_visit`. If an episode was truncated,
    Σ_a π(a|S) Q(S, a) of its last state replaces the rest of the return.
    Source: Sutton & Barto (2nd ed.), section 5.4.
    """

    alpha: int | float | str = "1/visits"

    every_visit: bool = False
    """whether each visit in an episode counts, not only the first"""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.episode = EpisodeBuffer(self.runs)
        self.visited_now, self.averaged = np.zeros(self.q.shape, bool), np.zeros(self.q.shape, np.int32)

    def improve(self, step: Transition) -> None:
        self.episode.add(step)
        if len(ended := np.flatnonzero(step.terminated | step.truncated)):
            last_value = self.expected(step.next_observation)
            returns = self.episode.returns(ended, step, last_value, self.problem.discount)
            steps = self.episode.states, self.episode.actions, returns, self.episode.length, ended
            counts = self.visited_now, self.averaged
            learn(self.q, *steps, *counts, self.step_size, self.alphas.counts, self.every_visit)
