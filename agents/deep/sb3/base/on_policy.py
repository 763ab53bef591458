"""What the agents of stable-baselines3 have in common that learn a policy from what it was seen to do."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from torch import Tensor

from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.agents.deep.sb3.base.sb3_agent import SB3Agent
from rlnotes.base.errors import SettingError


@dataclass
class OnPolicyAgent(SB3Agent):
    """An agent of models with a policy π(a|s) and a value V(s), networks apart, which learn after every rollout.

    The loss is −(objective + `entropy` H(π)) + ½ (V − target)².
    """

    learning_rate: int | float | str = 3e-4

    clip_gradient: float = 0.5

    rollout: int = 2048
    """steps of every run between two improvements, 2 or more"""

    decay: float = 0.95
    """λ of the advantages, from 0 to 1"""

    entropy: float = 0.0
    """weight of the policy's entropy in the objective, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("rollout", 2)
        self.resume_interval = self.rollout
        self.require_probability("decay")
        if not 0 <= self.entropy < np.inf:
            raise SettingError("entropy", self.entropy, "must be 0 or more")
        self.refuse_batch_normalisation()

    @property
    def first_learning(self) -> int:
        return self.rollout

    def check(self, problem: Problem) -> None:
        space = problem.action_space
        real = isinstance(space, Box) and np.issubdtype(space.dtype, np.floating) and space.is_bounded()
        vector = len(space.shape or ()) == 1 and (real or isinstance(space, MultiBinary | MultiDiscrete))
        if not isinstance(space, Discrete) and not vector:
            what = "Discrete, or a vector of MultiDiscrete, of MultiBinary, or of a Box of real numbers with bounds"
            raise ProblemError(f"needs actions that are {what}, not {space}")
        super().check(problem)

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        apart = {"share_features_extractor": False, "ortho_init": False}
        return super().policy_settings(extractor, given) | apart

    def value(self, policy: Any, states: Tensor) -> Tensor:
        return policy.predict_values(states)[:, 0]

    @property
    def looking_back(self) -> dict[str, Any]:
        """The settings above, as the models call them."""
        return {"n_steps": self.rollout, "gae_lambda": self.decay, "ent_coef": self.entropy}
