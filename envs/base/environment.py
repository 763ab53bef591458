"""The contract of an environment."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import VectorEnv

from rlnotes.base.configured import Configured
from rlnotes.envs.base.prediction_task import PredictionTask
from rlnotes.envs.base.rewards import UNKNOWN, Rewards

if TYPE_CHECKING:
    from rlnotes.envs.mdps.base.model import Model


class Environment(Configured, ABC):
    """Settings and known facts; `batch` makes a vector environment of any size.

    A native environment is also a `gymnasium.vector.VectorEnv` that resets itself in the step that ends an episode.
    For measurement and not for the agent, its `step` may return in `info`
    `regret` [runs], the mean reward of the best action less that of the action, and
    `optimal` [runs], whether the action was the best; `reset` may return `arm_means` [runs, arms].
    For the agent, `reset` and `step` may return `action_mask` [runs, actions], whether each action is allowed now, and
    `step` also `final_mask`, the same in the last states of the episodes that ended.
    """

    discount: float = 1.0
    """γ of the return [notes 2.2]"""
    time_limit: int | None = None
    """steps after which an episode is truncated; None: never"""
    rewards: Rewards = UNKNOWN
    """the facts that an agent may know about the rewards of a bandit"""
    best_return: float | None = None
    """largest mean return Σ_t R_t of an episode, if it is known without a model"""
    regret_against: str | None = None
    """the reference of `regret`, in words; None: the environment gives no regret, and episodes may end"""
    model: "Model | None" = None
    """the model of a finite MDP; None for other environments"""
    masks: np.ndarray | None = None
    """`action_mask` in every state of the model [states, actions]; None: it is not given, or there is no model"""
    emission: np.ndarray | None = None
    """the observation of each state of the model [states, ...]; None: the state itself"""
    keeps_names = False
    """whether results store the names of the states and actions of the model"""
    contents: dict[str, str] = {}
    """digests of the files that settings name, since a file may change under the same name, and what was read there"""

    @property
    def made_by(self) -> tuple[Any, ...]:
        """The classes and functions that make its dynamics, and values that no setting says."""
        return (type(self),)

    @abstractmethod
    def batch(self, num_envs: int) -> VectorEnv:
        """A vector environment of `num_envs` runs with these settings."""

    def check_steps(self, steps: int) -> None:
        """Raise `SettingError` if the settings do not allow a run of this many steps."""

    def check_memory(self, runs: int) -> None:
        """Raise `SettingError` if this many runs do not fit into memory."""

    @property
    def prediction(self) -> PredictionTask | None:
        """Features and policies for agents with linear values, if the environment is an example that has them."""
        return None

    def policy_value(self, policy: Callable[[np.ndarray], np.ndarray]) -> float | None:
        """The value of a policy π(a|s): observations [number, ...] → probabilities [number, actions]; None: not known.

        It is the mean of Σ_t γ^t R_t over episodes, or of the reward of a step of a bandit.
        """
        model = self.observed_model
        if model is None:
            return None
        transition, reward = model.chain(policy(np.arange(model.states)), idle_ends=True)
        if self.time_limit is None:
            return float(model.start @ model.evaluate(policy(np.arange(model.states))))
        value = np.zeros(model.states)
        for _ in range(self.time_limit):
            value = reward + self.discount * (transition @ value)
        return float(model.start @ value)

    @property
    def observed_model(self) -> "Model | None":
        """The model, if its states are observed; else None."""
        return self.model if self.emission is None else None

    @property
    def return_range(self) -> tuple[float, float]:
        """The least and the largest return Σ_t R_t that an episode can have; ±∞ where that is not known."""
        if self.model is None:
            return -inf, inf
        steps = inf if self.time_limit is None else self.time_limit
        low, high = self.model.least_reward, self.model.largest_reward
        return low * (steps if low < 0 else 1), high * (steps if high > 0 else 1)

    @property
    def endless(self) -> bool:
        """Whether it is certain that no episode ends."""
        if self.regret_against is not None:
            return True
        return self.model is not None and not self.model.ends and self.time_limit is None
