"""The deep Q-networks of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import nn

from rlnotes.agents.deep.sb3.base.off_policy import OffPolicyAgent


@dataclass
class SB3DQN(OffPolicyAgent):
    """Q-learning [notes 2.6] with a network, as stable-baselines3 has it.

    θ ← θ − α ∇_θ 1/B Σ_t ℓ(R_t + γ max_a Q_θ̄(S_{t+1}, a) − Q_θ(S_t, A_t))

    over a random batch of the last steps; ℓ is Huber's loss, θ̄ the θ of some time ago, and Adam takes the steps.
    Source: Mnih et al., Human-level control through deep reinforcement learning (2015); stable-baselines3, DQN.
    """

    def model(self, world: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return DQN("MlpPolicy", world, **self.remembering, **settings)

    def values(self, policy: Any) -> tuple[nn.Module, nn.Module]:
        return policy.q_net, policy.q_net_target
