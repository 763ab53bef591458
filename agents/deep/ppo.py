"""Proximal policy optimisation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.base.rollout import Batch, cut, pick
from rlnotes.agents.deep.base.rollout_agent import ProximalAgent


@dataclass
class PPO(ProximalAgent, ActorCritic):
    """Actor-critic that reuses the steps of a rollout, close to the old policy.

    maximise Σ_t min(ρ_t Â_t, clip(ρ_t, 1 − ε, 1 + ε) Â_t),    ρ_t = π(A_t|S_t) / π_old(A_t|S_t)

    in `epochs` over the steps of a rollout, each in random minibatches, in which Â has mean 0 and variance 1.
    So one weight of the entropy suits all scales of rewards.
    Source: Schulman et al., Proximal policy optimization algorithms (2017).
    """

    rollout: int = 256

    entropy: float = 0.02
    """weight of the policy's entropy in the objective, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = not self.network.remembers or self.minibatch % self.sequence == 0
        self.require("minibatch", fits, f"must be a multiple of the sequence, {self.sequence}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.clips = self.schedule("clip", positive=True, horizon=problem.horizon)

    def fit(self, batch: Batch, states: Any) -> None:
        count, size = batch.advantage.shape[1], self.minibatch // (self.sequence if self.network.remembers else 1)
        with torch.no_grad():
            old = [self.log_probability(*minibatch) for minibatch in cut((batch, states), size)]
        batch = batch._replace(log_probability=torch.cat(old, 1))
        items = np.tile(np.arange(count), (self.runs, 1))
        for _ in range(self.epochs):
            order = torch.as_tensor(self.rng.permuted(items, axis=1), device=self.torch_device)
            for minibatch in cut(pick((batch, states), order), size):
                self.descend(self.losses(*minibatch).mean(1))

    def log_probability(self, batch: Batch, states: Any) -> Tensor:
        """Log π(A_t|S_t) of every step."""
        return self.policy_in(batch, states[0]).log_prob(batch.action)

    def objective(self, log_probability: Tensor, batch: Batch) -> Tensor:
        assert batch.log_probability is not None
        ratio = (log_probability - batch.log_probability).exp()
        steps = tuple(range(1, ratio.dim()))
        deviation, mean = torch.std_mean(batch.advantage, steps, correction=0, keepdim=True)
        advantage = (batch.advantage - mean) / (deviation + 1e-8)
        epsilon = self.clips.at(self.t)
        return torch.minimum(ratio * advantage, ratio.clamp(1 - epsilon, 1 + epsilon) * advantage)
