"""REINFORCE with a network [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rlnotes.agents.agent import Problem
from rlnotes.agents.deep.policy_agent import Batch, PolicyAgent, Step


@dataclass
class Reinforce(PolicyAgent):
    """Make likelier what was followed by more than expected [notes 2.6].

    θ ← θ + α ∇_θ Σ_t [G_t − V(S_t)] log π(A_t|S_t),    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    after every rollout, from the episodes that ended in it, where Adam takes the steps and the mean is over all their
    steps. As is usual, the weight γ^t of a step is left out. Where an episode was truncated, V of its last state takes
    the place of what did not follow.
    Source: Williams, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), section 13.4.
    """

    rollout: int = 512

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.done = np.zeros(self.runs, int)  # steps that were learnt from, of those that are kept

    def improve(self, steps: Step) -> None:
        length, t = len(steps.ended), np.arange(len(steps.ended))[:, None]
        whole = np.where(steps.ended, t + 1, 0).max(axis=0)
        following, returns = np.zeros(self.runs), np.empty((length, self.runs), np.float32)
        for i in reversed(range(length)):
            last = np.where(steps.terminated[i], 0.0, steps.next_value[i])
            returns[i] = following = steps.reward[i] + self.problem.discount * np.where(steps.ended[i], last, following)
        weight = ((self.done <= t) & (t < whole)).astype(np.float32)
        batch = self.batch(steps, returns - steps.value, returns, weight, length)
        self.descend(self.loss(batch, None))
        for networks in self.stacks.values():
            self.learning(networks.encoder, batch.observation)
        learnt = np.maximum(self.done, whole)
        del self.steps[: (over := int(learnt.min()))]
        self.done = learnt - over

    def objective(self, log_probability: Tensor, batch: Batch) -> Tensor:
        return batch.advantage * log_probability
