"""Soft actor-critic."""

from dataclasses import dataclass
from math import log
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import softplus

from rlnotes.agents.deep.base.averaging_agent import SoftAgent
from rlnotes.agents.deep.base.replay_buffer import Sample
from rlnotes.agents.deep.base.twin_agent import TwinAgent
from rlnotes.nn.mlp import Linear


class SoftPolicy(nn.Module):
    """The head of a policy: the normal distribution of u, where a = tanh u, and the weight η of the entropy.

    The mean and the logarithm of the deviation are linear in the features.
    """

    def __init__(self, inputs: int, actions: int, initialisation: str, gain: float, temperature: float) -> None:
        super().__init__()
        self.layer = Linear(inputs, 2 * actions, initialisation, gain=gain)
        self.log_eta = nn.Parameter(torch.full((1,), log(temperature)))

    def forward(self, features: Tensor) -> Normal:
        mean, log_deviation = self.layer(features).chunk(2, -1)
        return Normal(mean, log_deviation.clamp(-20, 2).exp(), validate_args=False)


@dataclass
class SAC(SoftAgent, TwinAgent):
    """Soft actor-critic: make the return large, and the entropy of the policy too.

    θ_j ← θ_j − α ∇_θj 1/B Σ_t ½ (y_t − Q_θj(S_t, A_t))²,
    y_t = R_t + γ [min_j Q_θ̄j(S_{t+1}, A') − η log π(A'|S_{t+1})],    A' ~ π(·|S_{t+1}),
    φ ← φ − α ∇_φ 1/B Σ_t [η log π(A|S_t) − min_j Q_θj(S_t, A)],    A = tanh(μ_φ(S_t) + σ_φ(S_t) ε),    ε ~ N(0, I),
    log η ← log η − α 1/B Σ_t [−log π(A|S_t) − H],    θ̄ ← (1 − τ) θ̄ + τ θ

    over a random batch of the last steps, with the steps of Adam. The temperature η rises while the entropy is below
    its target H. The greedy action is tanh μ_φ(s). A component of the action from −1 to 1 is that of the environment in
    units of its range, and log π is the density there: log π(a|s) = Σ_i [log N(u_i; μ_i, σ_i²) − log(1 − a_i²)].
    Source: Haarnoja et al., Soft actor-critic algorithms and applications (2018), where η is α.
    """

    def head(self, inputs: int, actions: int) -> nn.Module:
        return SoftPolicy(inputs, actions, *self.network.last_of_policy, self.temperature)

    @property
    def log_eta(self) -> Tensor:
        """log η of every run [runs, 1]."""
        head: Any = self.stacks["policy"].head
        return head.log_eta

    def explore(self, output: Normal) -> Tensor:
        return self.draw(output)[0]

    def greedy_actions(self, output: Normal) -> Tensor:
        return output.loc.tanh()

    def draw(self, policy: Normal) -> tuple[Tensor, Tensor]:
        """Actions a = tanh u [runs, batch, components], and their log π [runs, batch]."""
        noise = torch.empty_like(policy.loc).normal_(generator=self.generator)
        u = policy.loc + policy.scale * noise
        slope = 2 * (log(2) - u - softplus(-2 * u))  # log(1 − tanh² u), without cancellation
        return u.tanh(), (policy.log_prob(u) - slope).sum(-1)

    def improve(self) -> None:
        sample = self.sample()
        self.fit_values(sample)
        self.fit_policy(sample)
        self.average()

    def target(self, sample: Sample) -> Tensor:
        action, log_probability = self.draw(self.policy(sample.following)[0])
        next_value = torch.minimum(*self.values(self.targets, sample.following, action))
        soft_value = next_value - self.log_eta.exp() * log_probability
        return self.tensor(sample.gain) + self.tensor(sample.discount) * soft_value

    def fit_policy(self, sample: Sample) -> None:
        """Take a step of the policy and of its temperature."""
        action, log_probability = self.draw(self.training_output(self.policy, sample.observation)[0])
        value = torch.minimum(*self.values(self.q, sample.observation, action))
        self.measure(entropy=-log_probability.mean(1))
        policy_loss = self.log_eta.detach().exp() * log_probability - value
        temperature_loss = self.log_eta * (-log_probability.detach() - self.wanted(self.problem))
        self.descend((policy_loss + temperature_loss).mean(1), self.policy_adam)
