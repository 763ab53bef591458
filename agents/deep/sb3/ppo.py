"""The proximal policy optimisation of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv

from rlnotes.agents.deep.base.rollout_agent import ProximalAgent
from rlnotes.agents.deep.sb3.base.sb3_rollout_agent import SB3RolloutAgent


@dataclass
class SB3PPO(SB3RolloutAgent, ProximalAgent):
    """Proximal policy optimisation, by stable-baselines3.

    maximise Σ_t min(ρ_t Â_t, clip(ρ_t, 1 − ε, 1 + ε) Â_t),    ρ_t = π(A_t|S_t) / π_old(A_t|S_t)

    in `epochs` over the steps of a rollout, each in random minibatches, in which Â has mean 0 and variance 1.
    Source: Schulman et al., Proximal policy optimization algorithms (2017); stable-baselines3, PPO.
    """

    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return PPO("MlpPolicy", env, **self.proximal_settings, **settings)

    @property
    def proximal_settings(self) -> dict[str, Any]:
        """The settings above by their names in the models."""
        own = {"n_epochs": self.epochs, "batch_size": self.minibatch, "clip_range": self.scheduled("clip")}
        return self.rollout_settings | own
