"""What the agents of stable-baselines3 have in common that learn the values of actions from remembered steps."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem, ProblemError, require_finite_actions
from rlnotes.agents.deep.sb3.base.sb3_agent import SB3Agent
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require


@dataclass
class OffPolicyAgent(SB3Agent):
    """An agent of models that act ε-greedily by the values they learn from batches of the steps they remember."""

    learning_rate: int | float | str = 1e-4

    capacity: int = 1_000_000
    """steps of a run that are remembered"""

    batch: int = 32
    """steps of a run that are learnt from at once"""

    begin_after: int = 100
    """steps at random before the first learning"""

    learn_every: int = 4
    """steps between two times of learning"""

    updates: int = 1
    """batches that are learnt from each time"""

    copy_every: int = 10_000
    """steps between two copies of θ to θ̄"""

    exploration_fraction: float = 0.1
    """share of the steps of a run in which ε falls, above 0 and at most 1"""

    exploration_first: float = 1.0
    """ε at the beginning, from 0 to 1"""

    exploration_last: float = 0.05
    """ε at last, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("capacity", "batch", "begin_after", "learn_every", "updates", "copy_every"):
            self.require_whole(setting, 1)
        for setting in ("exploration_first", "exploration_last"):
            self.require_probability(setting)
        self.resume_interval = self.learn_every
        if not 0 < self.exploration_fraction <= 1:
            raise SettingError("exploration_fraction", self.exploration_fraction, "must be above 0 and at most 1")

    @property
    def first_learning(self) -> int:
        return (self.begin_after // self.learn_every + 1) * self.learn_every

    def check(self, problem: Problem) -> None:
        require_finite_actions(problem)
        if problem.horizon is None:
            raise ProblemError("needs to know its steps, since it explores in a share of them; set steps, not episodes")
        super().check(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        observation, capacity = problem.observation_space, min(self.capacity, problem.horizon or self.capacity)
        size = np.prod(observation.shape or ()) * (1 if observation.dtype == np.uint8 else 4)
        require("agent.capacity", self.capacity, 2 * capacity * problem.runs * int(size))
        super().begin(problem, rng)

    @property
    def remembering(self) -> dict[str, Any]:
        """The settings above, as the models call them."""
        assert self.problem.horizon
        return {
            "buffer_size": min(self.capacity, self.problem.horizon),
            "batch_size": self.batch,
            "learning_starts": self.begin_after,
            "train_freq": self.learn_every,
            "gradient_steps": self.updates,
            "target_update_interval": self.copy_every,
            "exploration_fraction": self.exploration_fraction,
            "exploration_initial_eps": self.exploration_first,
            "exploration_final_eps": self.exploration_last,
        }

    @abstractmethod
    def values(self, policy: Any) -> tuple[nn.Module, nn.Module]:
        """The networks with θ and θ̄, of what a model plays by."""

    def value(self, policy: Any, states: Tensor) -> Tensor:
        values = self.values(policy)[0](states)
        return values.mean(1).amax(1) if values.dim() == 3 else values.amax(1)  # of quantiles the mean

    def initialise(self, model: BaseAlgorithm) -> None:
        super().initialise(model)
        learning, target = self.values(model.policy)
        target.load_state_dict(learning.state_dict())
