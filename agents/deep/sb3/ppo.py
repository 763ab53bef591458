"""The proximal policy optimisation of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv

from rlnotes.agents.deep.base.proximal import Proximal
from rlnotes.agents.deep.sb3.base.on_policy import OnPolicyAgent


@dataclass
class SB3PPO(OnPolicyAgent, Proximal):
    """Proximal policy optimisation, as stable-baselines3 has it.

    maximise Σ_t min(ρ_t Â_t, clip(ρ_t, 1 − ε, 1 + ε) Â_t),    ρ_t = π(A_t|S_t) / π_old(A_t|S_t)

    in `epochs` over the steps of a rollout, each in random minibatches, in which Â has mean 0 and variance 1.
    Source: Schulman et al., Proximal policy optimization algorithms (2017); stable-baselines3, PPO.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_proximal(self.rollout)

    def model(self, world: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return PPO("MlpPolicy", world, **self.proximal, **settings)

    @property
    def proximal(self) -> dict[str, Any]:
        """The settings above, as the models call them."""
        own = {"n_epochs": self.epochs, "batch_size": self.minibatch, "clip_range": self.changing("clip")}
        return self.looking_back | own
