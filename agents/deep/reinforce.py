"""REINFORCE with a network [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.policy_agent import Batch, PolicyAgent, Step


@dataclass
class Reinforce(PolicyAgent):
    """Make likelier what was followed by more than expected [notes 2.6].

    θ ← θ + α ∇_θ Σ_t [G_t − V(S_t)] log π(A_t|S_t),    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    after every rollout, from the episodes that ended in it, where Adam takes the steps and the mean is over all their
    steps. As is usual, the weight γ^t of a step is left out. Where an episode was truncated, V of its last state takes
    the place of what did not follow; and likewise in the middle of one that is longer than two rollouts, of which no
    more is kept.
    Source: Williams, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), section 13.4.
    """

    keeps = (*PolicyAgent.keeps, "done")

    rollout: int = 512

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.done = np.zeros(self.runs, int)  # steps that were learnt from, of those that are kept

    def improve(self, steps: Step) -> None:
        length, t = len(steps.ended), np.arange(len(steps.ended))[:, None]
        over = np.where(steps.ended, t + 1, 0).max(axis=0)  # steps of episodes that ended
        over = np.maximum(over, length - self.rollout)
        following, returns = steps.next_value[-1], np.empty((length, self.runs), np.float32)
        for i in reversed(range(length)):
            last = np.where(steps.terminated[i], 0.0, steps.next_value[i])
            returns[i] = following = steps.reward[i] + self.problem.discount * np.where(steps.ended[i], last, following)
        weight = ((self.done <= t) & (t < over)).astype(np.float32)
        self.fit(self.batch(steps, returns - steps.value, returns, length), self.tensor(weight.T))
        self.done = np.maximum(np.maximum(self.done, over) - max(length - self.rollout, 0), 0)
        self.steps = self.steps[-self.rollout :]

    def fit(self, batch: Batch, weight: Tensor) -> None:
        """Improve policy and value by the steps that count [runs, steps]."""
        self.descend((weight * self.losses(batch, (None, None))).sum(1) / weight.sum(1).clamp(min=1))
