"""Monte Carlo prediction."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episode_buffer import EpisodeMemory
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.agents.tabular.monte_carlo import learn


@dataclass
class MonteCarloPrediction(PredictionAgent):
    """Average the returns that followed the states, at the end of each episode.

    V(S_t) ← (1 − α) V(S_t) + α G_t,    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + … [notes 2.2]

    of the first time only that the episode was in S_t, unless `every_visit`. Where an episode was truncated, V of its
    last state takes the place of what did not follow.
    Source: Sutton & Barto (2nd ed.), sections 5.1 and 6.1.
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
        rest = self.v[np.arange(self.runs), step.next_observation]
        learn(*(self.q, *memory, *rule, step.terminated, ended, self.every_visit, rest))
