"""Agents of stable-baselines3 that learn from a replay buffer."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem, ProblemError, require_finite_actions
from rlnotes.agents.deep.base.replay_agent import CopyingAgent, ReplayAgent
from rlnotes.agents.deep.sb3.base.sb3_agent import SB3Agent
from rlnotes.base.memory_check import require_memory


@dataclass
class SB3BufferAgent(SB3Agent, ReplayAgent):
    """An agent with models that learn from batches of a replay buffer."""

    capacity: int = 1_000_000

    @property
    def resume_interval(self) -> int:  # type: ignore[override]  # depends on a setting
        return self.learn_every

    @property
    def first_learning(self) -> int:
        return (self.begin_after // self.learn_every + 1) * self.learn_every

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        observation, capacity = problem.observation_space, min(self.capacity, problem.horizon or self.capacity)
        size = np.prod(observation.shape or ()) * (1 if observation.dtype == np.uint8 else 4)
        require_memory("agent.capacity", self.capacity, 2 * capacity * problem.runs * int(size))
        super().begin(problem, rng)

    @property
    def buffer_settings(self) -> dict[str, Any]:
        """The settings of learning by their names in the models."""
        return {
            "buffer_size": min(self.capacity, self.problem.horizon or self.capacity),
            "batch_size": self.batch,
            "learning_starts": self.begin_after,
            "train_freq": self.learn_every,
            "gradient_steps": self.updates,
        }


@dataclass
class SB3ReplayAgent(SB3BufferAgent, CopyingAgent):
    """An agent with models that learn action values and act ε-greedily."""

    model_state = (*SB3Agent.model_state, "_n_calls", "exploration_rate")

    learning_rate: int | float | str = 1e-4

    batch: int = 32

    begin_after: int = 100
    """steps before the first learning, with random actions"""

    copy_every: int = 10_000

    exploration_fraction: float = 0.1
    """fraction of the steps of a run in which ε falls, above 0 and at most 1"""

    exploration_first: float = 1.0
    """ε at the beginning, from 0 to 1"""

    exploration_last: float = 0.05
    """ε after that, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("exploration_first")
        self.require_probability("exploration_last")
        self.require("exploration_fraction", 0 < self.exploration_fraction <= 1, "must be above 0 and at most 1")

    def check(self, problem: Problem) -> None:
        require_finite_actions(problem)
        if problem.horizon is None:
            raise ProblemError("needs to know its steps, since ε falls in a fraction of them; set steps, not episodes")
        super().check(problem)

    @property
    def replay_settings(self) -> dict[str, Any]:
        """The settings above by their names in the models."""
        return self.buffer_settings | {
            "target_update_interval": self.copy_every,
            "exploration_fraction": self.exploration_fraction,
            "exploration_initial_eps": self.exploration_first,
            "exploration_final_eps": self.exploration_last,
        }

    @abstractmethod
    def q_networks(self, policy: Any) -> tuple[nn.Module, nn.Module]:
        """The network with θ and the target network with θ̄ of a model's `policy`."""

    def value(self, policy: Any, states: Tensor) -> Tensor:
        q = self.q_networks(policy)[0](states)
        return q.mean(1).amax(1) if q.dim() == 3 else q.amax(1)  # of quantiles the mean

    def initialise(self, model: BaseAlgorithm) -> None:
        super().initialise(model)
        q, target_q = self.q_networks(model.policy)
        target_q.load_state_dict(q.state_dict())
