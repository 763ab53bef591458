"""Agents of stable-baselines3 for actions of real numbers that learn from a replay buffer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from gymnasium.spaces import Box
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy, ContinuousCritic
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from rlnotes.agents.deep.base.averaging_agent import AveragingAgent
from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.agents.deep.sb3.base.sb3_replay_agent import SB3BufferAgent
from rlnotes.nn.network import Network


class LimitedAdam(torch.optim.Adam):
    """Adam, with a limit to the norm of the gradient, which these models do not have."""

    def __init__(self, weights: Iterable[Tensor], clip: float, **settings: Any) -> None:
        super().__init__(weights, **settings)
        self.clip = clip

    def step(self, closure: Any = None) -> Any:
        clip_grad_norm_(self.param_groups[0]["params"], self.clip)
        return super().step(closure)


class WithCritics(BasePolicy):
    """A policy whose Q(s, a) have the networks of this project, with the action among their inputs.

    The `Features` of the policy alone would make Q linear in the action.
    """

    critic_kwargs: dict[str, Any]

    def make_critic(self, features_extractor: Any = None) -> ContinuousCritic:
        given, actions = self.features_extractor_kwargs, self.action_space
        network: Network = given["network"]
        encoder = Features(self.observation_space, replace(network, widths=[]), given["observed"])
        parts = {"features_extractor": encoder, "features_dim": encoder.features_dim}
        critic = ContinuousCritic(**self.critic_kwargs | parts)
        assert isinstance(actions, Box)
        for number in range(critic.n_critics):
            q = network.scalar(encoder.features_dim + actions.shape[0])
            setattr(critic, f"qf{number}", q)
            critic.q_networks[number] = q
        return critic.to(self.device)


@dataclass
class SB3ActorAgent(SB3BufferAgent, AveragingAgent):
    """An agent with models that have a network for their policy and two for Q."""

    model_state = (*SB3BufferAgent.model_state, "_n_updates")

    batch: int = 256

    begin_after: int = 100

    learn_every: int = 1

    @property
    def gradient_settings(self) -> dict[str, Any]:
        return {}

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        limited = {"optimizer_class": LimitedAdam, "optimizer_kwargs": {"clip": self.clip_gradient}}
        return super().policy_settings(extractor, given) | limited

    @property
    def actor_settings(self) -> dict[str, Any]:
        """The settings above by their names in the models."""
        return self.buffer_settings | {"tau": self.tau}

    def initialise(self, model: BaseAlgorithm) -> None:
        super().initialise(model)
        policy: Any = model.policy
        policy.critic_target.load_state_dict(policy.critic.state_dict())

    def last_of_policy(self, policy: Any) -> list[nn.Linear]:
        return [module for module in policy.actor.modules() if type(module) is nn.Linear]  # others are our `Linear`

    def value(self, policy: Any, states: Tensor) -> Tensor:
        return torch.cat(policy.critic(states, policy._predict(states, deterministic=True)), 1).amin(1)
