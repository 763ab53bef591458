"""Deep Q-networks [notes 2.6]."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss

from rlnotes.agents.base.agent import Problem, Transition, require_finite_actions
from rlnotes.agents.base.allowed_actions import allowed_values, draw_allowed
from rlnotes.agents.deep.base.off_policy_agent import OffPolicyAgent
from rlnotes.agents.deep.base.replay_agent import CopyingAgent
from rlnotes.agents.deep.base.replay_buffer import Sample
from rlnotes.agents.deep.base.reward_agent import RewardAgent
from rlnotes.agents.deep.base.stepwise_network import StepwiseNetwork
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.composed import Composed
from rlnotes.nn.mlp import Linear


class Dueling(nn.Module):
    """Q(s, a) = V(s) + A(s, a) − 1/k Σ_b A(s, b), both linear in the features.

    Source: Wang et al., Dueling network architectures for deep reinforcement learning (2016).
    """

    def __init__(self, inputs: int, actions: int, initialisation: str) -> None:
        super().__init__()
        self.value, self.advantage = Linear(inputs, 1, initialisation), Linear(inputs, actions, initialisation)

    def forward(self, features: Tensor) -> Tensor:
        advantage = self.advantage(features)
        return self.value(features) + advantage - advantage.mean(-1, keepdim=True)


@dataclass
class DQN(CopyingAgent, OffPolicyAgent, RewardAgent):
    """Q-learning [notes 2.6] with a network, from a replay buffer.

    θ ← θ − α ∇_θ 1/B Σ_t ℓ(ŷ_t − Q_θ(S_t, A_t)),    ŷ_t = R_t + γ max_a Q_θ̄(S_{t+1}, a)

    over a random batch of the last steps; ℓ is Huber's loss, the target network has an earlier θ as its θ̄, and Adam
    takes the steps. The action is argmax_a Q(s, a) with probability 1 − ε, else a random one.
    `double`: Q_θ̄(S_{t+1}, argmax_a Q_θ(S_{t+1}, a)) replaces the maximum.
    `n`: ŷ_t looks n steps ahead, along the actions that were played.
    Source: Mnih et al., Human-level control through deep reinforcement learning (2015); van Hasselt et al. (2016).
    """

    state_names = (*OffPolicyAgent.state_names, "reward_scale", "target_q", "stepwise_q")

    epsilon: int | float | str = "linear:1:0.05:20%"
    """probability ε of a random action, from 0 to 1; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    double: bool = True
    """whether Q_θ chooses the action whose value Q_θ̄ gives"""

    dueling: bool = False
    """whether the network computes V(s) and the advantages separately"""

    n: int = 1
    """steps n that ŷ looks ahead, 1 or more"""

    def __post_init__(self) -> None:
        self.require_whole("n", 1)
        super().__post_init__()
        self.schedule("epsilon", positive=False)
        self.check_body()

    @property
    def consecutive(self) -> int:
        return self.n

    def check_body(self) -> None:
        """Raise `SettingError` unless the body of the network suits the samples."""
        if self.network.remembers:
            requirement = "needs sequences of steps to learn from; use agent=drqn, or mlp or cnn"
            raise SettingError("network.body", self.network.body, requirement)

    def check(self, problem: Problem) -> None:
        require_finite_actions(problem)
        super().check(problem)

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        actions = problem.action_space
        assert isinstance(actions, Discrete)
        return {"q": self.network.build(problem.observation_space, lambda width: self.head(width, int(actions.n)))}

    def head(self, inputs: int, actions: int) -> nn.Module:
        """The last part of a network, Q(s, ·) from its features."""
        return (Dueling if self.dueling else Linear)(inputs, actions, self.network.initialisation)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert isinstance(problem.action_space, Discrete)
        self.first_action = int(problem.action_space.start)
        self.q = Composed(self.stacks["q"])
        self.target_q = deepcopy(self.q)
        self.stepwise_q = StepwiseNetwork(self.q, self.network.remembers)
        self.epsilons = self.schedule("epsilon", positive=False, horizon=problem.horizon)

    def act(self, observation: Any) -> np.ndarray:
        q = allowed_values(self.stepwise_q.numbers(observation), self.allowed)
        explore, other = self.rng.random((2, self.runs))
        random = (other * q.shape[-1]).astype(np.int64) if self.allowed is None else draw_allowed(self.allowed, other)
        return self.first_action + np.where(explore < self.epsilons.at(self.t), random, q.argmax(-1))

    def state_values(self, observation: np.ndarray) -> Tensor:
        masks = None if self.problem.masks is None else self.problem.masks[observation]
        return self.among(self.q(observation)[0], masks).amax(-1)

    def greedy_actions(self, output: Tensor) -> Tensor:
        return output.argmax(-1)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        if self.t % self.copy_every == 0:
            self.target_q.network.load_state_dict(self.q.network.state_dict())

    def start_anew(self, ended: np.ndarray) -> None:
        self.stepwise_q.start_anew(ended)

    def improve(self) -> None:
        self.descend(self.loss())

    def loss(self) -> Tensor:
        """The loss of every run [runs], over a random batch."""
        sample = self.replay.sample(self.rng, self.batch, self.n, self.problem.discount)
        action = torch.as_tensor(sample.action - self.first_action, device=self.torch_device)
        q, _ = self.training_output(self.q, sample.observation)
        target = self.tensor(self.target(sample))
        return smooth_l1_loss(value_of(q, action), target, reduction="none").mean(1)

    def target(self, sample: Sample) -> np.ndarray:
        """ŷ of the steps of a sample [runs, batch]."""
        next_q = allowed_values(self.target_q.numbers(sample.following)[0], sample.allowed)
        if self.double:
            chosen = allowed_values(self.q.numbers(sample.following)[0], sample.allowed).argmax(-1)
            best = np.take_along_axis(next_q, chosen[..., None], -1)[..., 0]
        else:
            best = next_q.max(-1)
        target: np.ndarray = sample.gain + sample.discount * best
        return target


def value_of(q: Tensor, action: Tensor) -> Tensor:
    """Q(s, a) [...] of the actions [...], out of Q(s, ·) [..., actions]."""
    return q.gather(-1, action.unsqueeze(-1)).squeeze(-1)
