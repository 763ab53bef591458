"""Monte Carlo prediction."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episode_buffer import EpisodeBuffer
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.base.kernels import (
    BoolMatrix,
    ConstFloatVector,
    FloatMatrix,
    Int32Matrix,
    IntMatrix,
    IntVector,
    kernel,
)


@kernel()
def learn(
    v: FloatMatrix,
    states: IntMatrix,
    returns: FloatMatrix,
    length: IntVector,
    runs: IntVector,
    visited: BoolMatrix,
    averaged: Int32Matrix,
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
            s = states[run, t]
            target = returns[i, t]
            if every_visit or not visited[run, s]:
                averaged[run, s] += 1
                step_size = 1 / averaged[run, s] if average else alpha[run]
                v[run, s] += step_size * (target - v[run, s])
            visited[run, s] = True
        for t in range(length[run]):
            visited[run, states[run, t]] = False
        length[run] = 0


@dataclass
class MonteCarloPrediction(PredictionAgent):
    """Average the returns of visited states at the end of an episode [notes 2.2].

    V(S_t) ← (1 − α) V(S_t) + α G_t,    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + … = R_t + γ G_{t+1}

    Only the first visit of a state in an episode counts, unless `every_visit`. If an episode was truncated, V of its
    last state replaces the rest of the return.
    Source: Sutton & Barto (2nd ed.), sections 5.1 and 6.1.
    """

    alpha: int | float | str = "1/visits"

    every_visit: bool = False
    """whether each visit in an episode counts, not only the first"""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.episode = EpisodeBuffer(self.runs)
        self.visited_now, self.averaged = np.zeros(self.v.shape, bool), np.zeros(self.v.shape, np.int32)

    def improve(self, step: Transition) -> None:
        self.episode.add(step)
        if len(ended := np.flatnonzero(step.terminated | step.truncated)):
            last_value = self.v[self.every_run, step.next_observation]
            returns = self.episode.returns(ended, step, last_value, self.problem.discount)
            steps = self.episode.states, returns, self.episode.length, ended
            counts = self.visited_now, self.averaged
            learn(self.v, *steps, *counts, self.step_size, self.alphas.counts, self.every_visit)
