"""The advantage actor-critic of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

from stable_baselines3 import A2C
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv

from rlnotes.agents.deep.sb3.base.sb3_rollout_agent import SB3RolloutAgent


@dataclass
class SB3A2C(SB3RolloutAgent):
    """Actor-critic [notes 2.6], by stable-baselines3.

    θ ← θ + α ∇_θ Σ_t Â_t log π(A_t|S_t),    Â_t = Σ_i (γλ)^i δ_{t+i},    δ_t = R_t + γ V(S_{t+1}) − V(S_t)

    once after every rollout, with the steps of RMSProp; Σ_t is a mean.
    Source: Mnih et al., Asynchronous methods for deep reinforcement learning (2016); stable-baselines3, A2C.
    """

    learning_rate: int | float | str = 7e-4

    rollout: int = 5

    decay: float = 1.0

    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return A2C("MlpPolicy", env, **self.rollout_settings, **settings)
