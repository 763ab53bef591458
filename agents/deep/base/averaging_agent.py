"""Agents for actions of real numbers that learn from a replay buffer, with slowly moving target networks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.base.box_actions import require_bounded_box
from rlnotes.agents.deep.base.replay_agent import ReplayAgent
from rlnotes.base.errors import SettingError


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
        require_bounded_box(problem.action_space)
        super().check(problem)


@dataclass
class SoftAgent(AveragingAgent):
    """An agent that also makes the entropy of its policy large, weighted by a temperature η that it learns."""

    temperature: float = 1.0
    """temperature η at the beginning, above 0"""

    entropy: float | None = None
    """target H of the policy's entropy; null: −1 per component of the action"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("temperature", 0 < self.temperature < np.inf, "must be above 0")
        finite = self.entropy is None or abs(self.entropy) < np.inf
        self.require("entropy", finite, "must be a finite number, or null for −1 per component of the action")

    def inferred(self, problem: Problem) -> dict[str, Any]:
        return super().inferred(problem) | ({"entropy": self.wanted(problem)} if self.entropy is None else {})

    def wanted(self, problem: Problem) -> float:
        """H in a problem."""
        return -float(np.prod(problem.action_space.shape or ())) if self.entropy is None else self.entropy


@dataclass
class DelayedAgent(AveragingAgent):
    """An agent with a deterministic policy, which plays with noise and learns more slowly than its values."""

    exploration: float = 0.1
    """standard deviation σ of the noise that is added to the actions that are played, 0 or more"""

    target_noise: float = 0.2
    """standard deviation σ̄ of the noise that is added to the actions in y, 0 or more"""

    target_clip: float = 0.5
    """largest size c of that noise, 0 or more"""

    delay: int = 2
    """batches between two steps of the policy"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("exploration", "target_noise", "target_clip"):
            self.require(setting, 0 <= getattr(self, setting) < np.inf, "must be 0 or more")
        self.require_whole("delay", 1)
