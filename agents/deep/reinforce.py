"""REINFORCE with a network [notes 2.6]."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.policy_agent import PolicyAgent
from rlnotes.agents.deep.base.rollout import Batch, Step, returns_of


@dataclass
class Reinforce(PolicyAgent):
    """Make actions more probable if the return was larger than expected [notes 2.6].

    θ ← θ + α ∇_θ Σ_t [G_t − V(S_t)] log π(A_t|S_t),    G_t = R_t + γ R_{t+1} + γ² R_{t+2} + …

    after every rollout, from the episodes that ended in it, with the steps of Adam and the mean over all their steps.
    The weight γ^t of a step is left out, as is common. If an episode was truncated, V of its last state replaces the
    rewards that did not follow. The same holds in the middle of an episode longer than two rollouts, since no more
    steps are stored.
    Source: Williams, Machine Learning 8 (1992); Sutton & Barto (2nd ed.), section 13.4.
    """

    state_names = (*PolicyAgent.state_names, "learned")

    rollout: int = 512

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.learned = np.zeros(self.runs, int)  # number of stored steps, the first ones, that were learned from

    def improve(self, steps: Step) -> None:
        returns = returns_of(steps, self.problem.discount)
        advantage = returns - steps.value
        length, t = len(returns), np.arange(len(returns))[:, None]
        complete = np.where(steps.ended, t + 1, 0).max(axis=0)  # number of steps of episodes that ended
        complete = np.maximum(complete, length - self.rollout)
        counts = ((self.learned <= t) & (t < complete)).astype(np.float32)
        self.fit(self.batch(steps, advantage, returns, length), self.tensor(counts.T))
        self.learned = np.maximum(np.maximum(self.learned, complete) - max(length - self.rollout, 0), 0)
        self.steps = self.steps[-self.rollout :]

    def fit(self, batch: Batch, counts: Tensor) -> None:
        """Improve policy and value by the steps that count [runs, steps]."""
        self.descend((counts * self.losses(batch, (None, None))).sum(1) / counts.sum(1).clamp(min=1))
