"""Agents with a policy for actions of real numbers and two estimates of Q."""

from abc import abstractmethod
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Tuple
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.averaging_agent import AveragingAgent
from rlnotes.agents.deep.base.off_policy_agent import OffPolicyAgent
from rlnotes.agents.deep.base.replay_buffer import Sample
from rlnotes.agents.deep.base.reward_agent import RewardAgent
from rlnotes.agents.deep.base.stepwise_network import StepwiseNetwork
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.composed import Composed

TWINS = ("q_1", "q_2")


@dataclass
class TwinAgent(AveragingAgent, OffPolicyAgent, RewardAgent):
    """An agent with a policy π(s) of weights φ, and two estimates Q_θ1 and Q_θ2. It learns from the smaller one.

    One estimate is often too large, since the policy chooses the actions where it is. Both seldom are.

    θ_j ← θ_j − α ∇_θj 1/B Σ_t ½ (y_t − Q_θj(S_t, A_t))²,    θ̄ ← (1 − τ) θ̄ + τ θ

    Actions are numbers from −1 to 1 here, the ends of each component of the environment's.
    """

    state_names = (*OffPolicyAgent.state_names, "reward_scale", "policy_adam", "targets")

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        actions = problem.action_space
        assert isinstance(actions, Box)
        both = Tuple((problem.observation_space, Box(-1, 1, actions.shape)))
        policy = self.network.build(problem.observation_space, lambda width: self.head(width, actions.shape[0]))
        return {"policy": policy} | {name: self.network.vector(both, 1) for name in TWINS}

    @abstractmethod
    def head(self, inputs: int, actions: int) -> nn.Module:
        """The last part of a policy, from the number of features and of components of an action."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.policy = Composed(self.stacks["policy"])
        self.stepwise_policy = StepwiseNetwork(self.policy, remembers=False)
        self.q = {name: Composed(self.stacks[name]) for name in TWINS}
        self.targets = {name: deepcopy(networks) for name, networks in self.averaged.items()}
        learnt, means = (
            nn.ModuleList(one.network for one in networks.values()) for networks in (self.averaged, self.targets)
        )
        self.weights_now: list[Tensor] = list(learnt.parameters())
        self.weights_mean: list[Tensor] = list(means.parameters())
        self.statistics = list(zip(means.buffers(), learnt.buffers(), strict=True))

    @property
    def averaged(self) -> dict[str, Composed]:
        """The networks that have a moving average."""
        return self.q

    def optimise(self) -> None:
        self.adam = Adam([self.stacks[name] for name in TWINS], self.clip_gradient)
        self.policy_adam = Adam([self.stacks["policy"]], self.clip_gradient, name="policy_")

    @torch.inference_mode()
    def act(self, observation: Any) -> np.ndarray:
        if self.t < self.begin_after:
            size = self.runs, 1, *self.centre.shape
            return self.env_actions(torch.as_tensor(self.rng.uniform(-1, 1, size), dtype=torch.float32))
        return self.env_actions(self.explore(self.stepwise_policy(observation)))

    @abstractmethod
    def explore(self, output: Any) -> Tensor:
        """The actions to play for an output of the policy."""

    def start_anew(self, ended: np.ndarray) -> None:
        self.stepwise_policy.start_anew(ended)

    def state_values(self, observation: np.ndarray) -> Tensor:
        action = self.greedy_actions(self.policy(observation)[0])
        return torch.minimum(*self.values(self.q, observation, action))

    def values(self, q: dict[str, Composed], observation: Any, action: Tensor) -> list[Tensor]:
        """Q_1(s, a) and Q_2(s, a) [runs, batch]."""
        return [q[name]((observation, action))[0].squeeze(-1) for name in TWINS]

    def sample(self) -> Sample:
        """A random batch."""
        return self.replay.sample(self.rng, self.batch, 1, self.problem.discount)

    def fit_values(self, sample: Sample) -> None:
        """Take a step of both Q towards the `target`."""
        action = self.network_actions(sample.action)
        found = [self.training_output(q, (sample.observation, action))[0].squeeze(-1) for q in self.q.values()]
        with torch.no_grad():
            y = self.target(sample)
        self.descend((y - torch.stack(found)).square().mean(2).sum(0) / 2)

    @abstractmethod
    def target(self, sample: Sample) -> Tensor:
        """y [runs, batch]."""

    @torch.no_grad()
    def average(self) -> None:
        """θ̄ ← (1 − τ) θ̄ + τ θ; statistics of normalisation are copied."""
        torch._foreach_lerp_(self.weights_mean, self.weights_now, self.tau)
        for copy, statistic in self.statistics:
            copy.copy_(statistic)
