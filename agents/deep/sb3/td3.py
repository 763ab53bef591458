"""The twin delayed deep deterministic policy gradient of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3 import TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import DummyVecEnv
from stable_baselines3.td3.policies import TD3Policy

from rlnotes.agents.deep.base.averaging_agent import DelayedAgent
from rlnotes.agents.deep.sb3.base.sb3_actor_agent import SB3ActorAgent, WithCritics


class Policy(WithCritics, TD3Policy):
    """The policy of stable-baselines3, with our networks for Q."""


@dataclass
class SB3TD3(SB3ActorAgent, DelayedAgent):
    """Twin delayed policy gradient, by stable-baselines3.

    θ_j ← θ_j − α ∇_θj 1/B Σ_t (y_t − Q_θj(S_t, A_t))²,
    y_t = R_t + γ min_j Q_θ̄j(S_{t+1}, clip(μ_φ̄(S_{t+1}) + clip(ε, −c, c), −1, 1)),    ε ~ N(0, σ̄² I),
    φ ← φ + α ∇_φ 1/B Σ_t Q_θ1(S_t, μ_φ(S_t)),    θ̄ ← (1 − τ) θ̄ + τ θ,    φ̄ ← (1 − τ) φ̄ + τ φ

    over a random batch of the last steps, with the steps of Adam; the last line only after every `delay` batches. The
    norm of the gradient is limited, and actions are played with noise; stable-baselines3 has neither by default.
    Source: Fujimoto, van Hoof & Meger (2018); stable-baselines3, TD3.
    """

    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        size = env.action_space.shape or ()
        noise = NormalActionNoise(np.zeros(size), np.full(size, self.exploration))
        delayed: dict[str, Any] = {"policy_delay": self.delay, "target_policy_noise": self.target_noise}
        delayed |= {"target_noise_clip": self.target_clip, "action_noise": noise}
        return TD3(Policy, env, **self.actor_settings, **delayed, **settings)

    def initialise(self, model: BaseAlgorithm) -> None:
        super().initialise(model)
        policy: Any = model.policy
        policy.actor_target.load_state_dict(policy.actor.state_dict())
