"""The soft actor-critic of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

from stable_baselines3 import SAC
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv
from stable_baselines3.sac.policies import SACPolicy

from rlnotes.agents.deep.base.averaging_agent import SoftAgent
from rlnotes.agents.deep.sb3.base.sb3_actor_agent import SB3ActorAgent, WithCritics


class Policy(WithCritics, SACPolicy):
    """The policy of stable-baselines3, with our networks for Q."""


@dataclass
class SB3SAC(SB3ActorAgent, SoftAgent):
    """Soft actor-critic, by stable-baselines3.

    θ_j ← θ_j − α ∇_θj 1/B Σ_t ½ (y_t − Q_θj(S_t, A_t))²,    A', A ~ π,
    y_t = R_t + γ [min_j Q_θ̄j(S_{t+1}, A') − η log π(A'|S_{t+1})],
    φ ← φ − α ∇_φ 1/B Σ_t [η log π(A|S_t) − min_j Q_θj(S_t, A)],    θ̄ ← (1 − τ) θ̄ + τ θ

    over a random batch of the last steps, with the steps of Adam; η rises while the entropy is below its target. The
    norm of the gradient is limited; stable-baselines3 does not limit it.
    Source: Haarnoja et al., Soft actor-critic algorithms and applications (2018); stable-baselines3, SAC.
    """

    model_state = (*SB3ActorAgent.model_state, "log_ent_coef")

    learning_rate: int | float | str = 3e-4

    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        soft: dict[str, Any] = {"ent_coef": f"auto_{self.temperature}", "target_entropy": self.wanted(self.problem)}
        return SAC(Policy, env, **self.actor_settings, **soft, **settings)
