"""The base of control tasks: runs that are stepped together, with a discount and a time limit."""

from abc import abstractmethod
from dataclasses import InitVar, dataclass, replace
from typing import Any, Self

import numpy as np
from gymnasium import Space
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rlnotes.base.random_streams import Stream
from rlnotes.envs.base.environment import Environment


@dataclass(eq=False, kw_only=True)
class ControlEnv(Environment, VectorEnv):
    """A batch of runs. A run begins its next episode in the step that ends an episode."""

    num_envs: InitVar[int] = 1

    discount: float = 1.0
    """discount γ of the return, from 0 to 1"""

    time_limit: int | None = 1_000
    """steps after which an episode is truncated; null: never"""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def __post_init__(self, num_envs: int) -> None:
        self.require_kinds()
        self.require_probability("discount")
        self.require("time_limit", self.time_limit is None or self.time_limit >= 1, "must be 1 or more, or null")
        self.step_limit = np.iinfo(np.int64).max if self.time_limit is None else self.time_limit
        self.num_envs = num_envs
        self.single_observation_space, self.single_action_space = self.spaces()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    @abstractmethod
    def spaces(self) -> tuple[Space[Any], Space[Any]]:
        """The observations and the actions of one run; raises `SettingError` if a setting is wrong."""

    @abstractmethod
    def begin(self) -> np.ndarray:
        """Begin an episode in every run, and return the observations [num_envs, ...]."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed, options=options)
        self.stream = Stream(self.np_random)
        return self.begin(), {}

    def batch(self, num_envs: int) -> Self:
        """The same environment with `num_envs` runs."""
        return replace(self, num_envs=num_envs)
