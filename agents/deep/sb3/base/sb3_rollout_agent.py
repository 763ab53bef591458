"""Agents of stable-baselines3 that learn a policy from rollouts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.deep.base.rollout_agent import AdvantageAgent
from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.agents.deep.sb3.base.sb3_agent import SB3Agent
from rlnotes.base.memory_check import require_memory


@dataclass
class SB3RolloutAgent(SB3Agent, AdvantageAgent):
    """An agent with models that have a network each for π(a|s) and V(s).

    They learn after every rollout.
    """

    learning_rate: int | float | str = 3e-4

    clip_gradient: float = 0.5

    rollout: int = 2048
    """steps of every run between two improvements, 2 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("rollout", 2)

    @property
    def resume_interval(self) -> int:  # type: ignore[override]  # depends on a setting
        return self.rollout

    def check(self, problem: Problem) -> None:
        space = problem.action_space
        real = isinstance(space, Box) and np.issubdtype(space.dtype, np.floating) and space.is_bounded()
        vector = len(space.shape or ()) == 1 and (real or isinstance(space, MultiBinary | MultiDiscrete))
        if not isinstance(space, Discrete) and not vector:
            spaces = "Discrete, or a vector of MultiDiscrete, of MultiBinary, or of a Box of real numbers with bounds"
            raise ProblemError(f"needs actions that are {spaces}, not {space}")
        super().check(problem)
        numbers = int(np.prod(problem.observation_space.shape or ())) + 4  # and action, reward, value, advantage
        require_memory("agent.rollout", self.rollout, 4 * self.rollout * numbers * problem.runs)

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        two_networks = {"share_features_extractor": False, "ortho_init": False}
        return super().policy_settings(extractor, given) | two_networks

    def last_of_policy(self, policy: Any) -> list[nn.Linear]:
        return [policy.action_net]

    def value(self, policy: Any, states: Tensor) -> Tensor:
        return policy.predict_values(states)[:, 0]

    @property
    def rollout_settings(self) -> dict[str, Any]:
        """The settings above by their names in the models."""
        return {"n_steps": self.rollout, "gae_lambda": self.decay, "ent_coef": self.entropy}
