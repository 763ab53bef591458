"""Agents that learn from a replay buffer."""

from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box

from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.deep.base.network_agent import NetworkAgent
from rlnotes.base.errors import SettingError


@dataclass
class ReplayAgent(NetworkAgent):
    """An agent that learns from random earlier steps, with target networks of weights θ̄."""

    capacity: int = 50_000
    """steps per run in the replay buffer"""

    batch: int = 64
    """steps B per run in a batch"""

    begin_after: int = 1_000
    """steps before the first learning"""

    learn_every: int = 4
    """steps between two times of learning"""

    updates: int = 1
    """batches at each time of learning"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("capacity", "batch", "begin_after", "learn_every", "updates"):
            self.require_whole(setting, 1)

    @property
    def steps_at_once(self) -> int:
        return self.batch


@dataclass
class CopyingAgent(ReplayAgent):
    """An agent whose θ̄ is a copy of θ that is made anew from time to time."""

    copy_every: int = 500
    """steps between two copies of θ to θ̄"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("copy_every", 1)


@dataclass
class AveragingAgent(ReplayAgent):
    """An agent for actions of real numbers, whose θ̄ is a moving average of θ.

    It plays random actions before the first learning.
    """

    begin_after: int = 1_000
    """steps before the first learning, with random actions"""

    learn_every: int = 1

    tau: float = 0.005
    """weight τ of θ in the moving average θ̄, above 0 and at most 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("tau", 0 < self.tau <= 1, "must be above 0 and at most 1")
        if self.network.remembers:
            raise SettingError(
                "network.body", self.network.body, "remembers, and this agent does not; must be mlp or cnn"
            )

    def check(self, problem: Problem) -> None:
        space = problem.action_space
        bounded = isinstance(space, Box) and np.issubdtype(space.dtype, np.floating) and space.is_bounded()
        if not bounded or len(space.shape or ()) != 1:
            raise ProblemError(f"needs actions that are a vector of real numbers, a Box with bounds, not {space}")
        super().check(problem)
