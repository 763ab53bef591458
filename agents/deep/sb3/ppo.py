"""The proximal policy optimisation of stable-baselines3."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv

from rlnotes.agents.deep.sb3.on_policy import OnPolicyAgent
from rlnotes.envs.errors import SettingError


@dataclass
class SB3PPO(OnPolicyAgent):
    """Proximal policy optimisation, as stable-baselines3 has it.

    maximise Σ_t min(ρ_t Â_t, clip(ρ_t, 1 − ε, 1 + ε) Â_t),    ρ_t = π(A_t|S_t) / π_old(A_t|S_t)

    in `epochs` over the steps of a rollout, each in random minibatches, in which Â has mean 0 and variance 1.
    Source: Schulman et al., Proximal policy optimization algorithms (2017); stable-baselines3, PPO.
    """

    epochs: int = 10
    """how often the steps of a rollout are learnt from"""

    minibatch: int = 64
    """steps of a run that are learnt from at once, 2 or more, which divide `rollout`"""

    clip: float = 0.2
    """ε, above 0: how far ρ may go from 1 with a profit"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("epochs", 1)
        self.require_whole("minibatch", 2)
        if self.rollout % self.minibatch:
            raise SettingError("minibatch", self.minibatch, f"must divide the rollout, {self.rollout}")
        if not 0 < self.clip < np.inf:
            raise SettingError("clip", self.clip, "must be above 0")

    def model(self, world: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        return PPO("MlpPolicy", world, **self.proximal, **settings)

    @property
    def proximal(self) -> dict[str, Any]:
        """The settings above, as the models call them."""
        own = {"n_epochs": self.epochs, "batch_size": self.minibatch, "clip_range": self.clip}
        return self.looking_back | own
