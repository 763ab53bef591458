"""Agents that draw their actions from the policies of their networks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor
from torch.distributions import Bernoulli, Distribution, Independent, Normal

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.nn.base.approximator import Choice


@dataclass
class StochasticAgent(DeepAgent):
    """An agent that draws actions from π(·|s); the stack `policy` has the policies of all runs."""

    knows_probability = True
    state_names = (*DeepAgent.state_names, "policy")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.policy = self.stepwise()
        self.knows_probability = not isinstance(problem.action_space, Box)  # where numbers are cut off

    @torch.inference_mode()
    def act(self, observation: Any) -> np.ndarray:
        policy = self.among_allowed(self.policy(observation), self.allowed)
        action = draw(policy, self.generator)
        self.last_draw = policy, action
        self.drawn_action = action.flatten(0, 1 + self.network.remembers).cpu().numpy()
        return self.in_env(self.drawn_action)

    @torch.inference_mode()
    def probability_of(self, action: np.ndarray) -> np.ndarray:
        policy, drawn = self.last_draw
        return policy.log_prob(drawn).exp().reshape(-1).cpu().numpy()

    def greedy_actions(self, output: Distribution) -> Tensor:
        return mode(output)

    def start_anew(self, ended: np.ndarray) -> None:
        self.policy.start_anew(ended)


def draw(distribution: Distribution, generator: torch.Generator) -> Tensor:
    """One action of each distribution, with the random numbers of the generator."""
    base = distribution.base_dist if isinstance(distribution, Independent) else distribution
    if isinstance(base, Choice):
        noise = torch.empty_like(base.scores).exponential_(generator=generator)
        return (base.scores - noise.log()).argmax(-1)  # log π + Gumbel noise is largest at a with π(a)
    if isinstance(base, Normal):
        return torch.normal(base.loc, base.scale, generator=generator)
    assert isinstance(base, Bernoulli)
    return torch.bernoulli(base.probs, generator=generator)


def mode(distribution: Distribution) -> Tensor:
    """The most probable action of each distribution."""
    base = distribution.base_dist if isinstance(distribution, Independent) else distribution
    if isinstance(base, Choice):
        return base.logits.argmax(-1)
    if isinstance(base, Normal):
        return base.loc
    assert isinstance(base, Bernoulli)
    return (base.probs > 0.5).float()
