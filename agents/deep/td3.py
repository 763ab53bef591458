"""Twin delayed deep deterministic policy gradient."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.averaging_agent import DelayedAgent
from rlnotes.agents.deep.base.replay_buffer import Sample
from rlnotes.agents.deep.base.twin_agent import TwinAgent
from rlnotes.nn.base.composed import Composed
from rlnotes.nn.mlp import Linear


@dataclass
class TD3(DelayedAgent, TwinAgent):
    """Twin delayed policy gradient: a deterministic policy μ that climbs Q.

    θ_j ← θ_j − α ∇_θj 1/B Σ_t ½ (y_t − Q_θj(S_t, A_t))²,
    y_t = R_t + γ min_j Q_θ̄j(S_{t+1}, clip(μ_φ̄(S_{t+1}) + clip(ε, −c, c), −1, 1)),    ε ~ N(0, σ̄² I),
    φ ← φ + α ∇_φ 1/B Σ_t Q_θ1(S_t, μ_φ(S_t)),    θ̄ ← (1 − τ) θ̄ + τ θ,    φ̄ ← (1 − τ) φ̄ + τ φ

    over a random batch of the last steps, with the steps of Adam; the last line only after every `delay` batches. It
    plays μ_φ(s) with noise of deviation σ. A component of the action from −1 to 1 is that of the environment in units
    of its range.
    Source: Fujimoto, van Hoof & Meger, Addressing function approximation error in actor-critic methods (2018).
    """

    state_names = (*TwinAgent.state_names, "batches")

    def head(self, inputs: int, actions: int) -> nn.Module:
        initialisation, gain = self.network.last_of_policy
        return nn.Sequential(Linear(inputs, actions, initialisation, "tanh", gain=gain), nn.Tanh())

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.batches = 0

    @property
    def averaged(self) -> dict[str, Composed]:
        return {"policy": self.policy} | self.q

    def explore(self, output: Tensor) -> Tensor:
        return (output + self.exploration * self.noise(output)).clamp(-1, 1)

    def greedy_actions(self, output: Tensor) -> Tensor:
        return output

    def noise(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the same shape."""
        return torch.empty_like(like).normal_(generator=self.generator)

    def improve(self) -> None:
        sample = self.sample()
        self.fit_values(sample)
        self.batches += 1
        if self.batches % self.delay == 0:
            self.fit_policy(sample)
            self.average()

    def target(self, sample: Sample) -> Tensor:
        action = self.targets["policy"](sample.following)[0]
        noise = (self.target_noise * self.noise(action)).clamp(-self.target_clip, self.target_clip)
        next_value = torch.minimum(*self.values(self.targets, sample.following, (action + noise).clamp(-1, 1)))
        return self.tensor(sample.gain) + self.tensor(sample.discount) * next_value

    def fit_policy(self, sample: Sample) -> None:
        """Take a step of the policy up Q_1."""
        action, _ = self.training_output(self.policy, sample.observation)
        value, _ = self.q["q_1"]((sample.observation, action))
        self.descend(-value.mean((1, 2)), self.policy_adam)
