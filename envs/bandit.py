"""Stochastic multi-armed bandits 多臂老虎机, a batch of independent runs stepped together [notes 1.1]."""

from abc import abstractmethod
from dataclasses import InitVar, dataclass, replace
from typing import Any, Self

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numba import njit

from rlnotes.envs.errors import SettingError


@dataclass(eq=False, kw_only=True)
class Bandit(VectorEnv):
    """k arms, of which arm a pays X ~ P_a with mean μ_a; nothing else happens, and it never ends [notes 1.1].

    A bandit of Gymnasium's is a state-less environment: its one observation is 0, its action the arm.
    The fields are its settings, the same in Python and on the command line (`env.FIELD=`).

    `step` returns in `info`, for whoever measures and not for the agent,
    `regret` [num_envs], the gap Δ_a = max_b μ_b − μ_a of the arms that were played [notes 1.2];
    `reset` returns `arm_means` [num_envs, arms].

    *Equal luck*: a seed fixes the arms' means and the noise of every step, whatever is played.
    A run does not depend on what its neighbours play.

    Raises `SettingError` where a setting has a value that it may not have,
    `IndexError` where an action is not an arm.
    """

    num_envs: InitVar[int] = 1

    means: list[float] | None = None
    """mean of every arm; null: drawn anew in every run"""

    arms: int | None = None
    """number of arms k where `means` are drawn; null: 10"""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}
    discount = 1.0

    def __post_init__(self, num_envs: int) -> None:
        if self.means is not None:
            if len(self.means) == 0:
                raise SettingError(
                    "means", list(self.means), "must name the mean of at least one arm, such as [0.5, 0]"
                )
            if not np.isfinite(self.means).all():
                raise SettingError("means", list(self.means), "every mean must be a finite number")
            if self.arms not in (None, len(self.means)):
                raise SettingError(
                    "arms", self.arms, f"must be {len(self.means)}, as many as there are means, or left out"
                )
            self.means = [float(mean) for mean in self.means]
        elif self.arms is not None and self.arms < 1:
            raise SettingError("arms", self.arms, "must be 1 or more")
        self.arms = (self.arms or 10) if self.means is None else len(self.means)
        self.num_envs = num_envs
        self.shape = (num_envs, self.arms)
        self.single_observation_space = Discrete(1)
        self.single_action_space = Discrete(self.arms)
        # What every step returns alike, and nobody may write to.
        self.only_observation, self.not_ended = np.zeros(num_envs, np.int64), np.zeros(num_envs, bool)
        self.only_observation.flags.writeable = self.not_ended.flags.writeable = False
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def batch(self, num_envs: int) -> Self:
        """The same bandit with `num_envs` runs."""
        return replace(self, num_envs=num_envs)

    @abstractmethod
    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        """Means of fresh arms, of the shape given."""

    @abstractmethod
    def draw_rewards(self, mean: np.ndarray) -> np.ndarray:
        """One reward of an arm of each `mean` [num_envs], by as many random numbers whatever the means."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.arm_means = self.draw_means(self.shape) if self.means is None else np.tile(self.means, (self.num_envs, 1))
        self.best_mean = self.arm_means.max(axis=1)
        return self.only_observation, {"arm_means": self.arm_means.copy()}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        mean, regret = pull(self.arm_means, self.best_mean, np.ascontiguousarray(actions, np.int64))
        return self.only_observation, self.draw_rewards(mean), self.not_ended, self.not_ended, {"regret": regret}


@njit("Tuple((f8[::1], f8[::1]))(f8[:,::1], f8[::1], i8[::1])", cache=True)
def pull(arm_means, best_mean, actions):  # type: ignore[no-untyped-def]
    """Mean μ_a and regret Δ_a of the arm that each run plays [runs], of `arm_means` [runs, arms]."""
    runs, arms = arm_means.shape
    if len(actions) != runs:
        raise ValueError("there must be one action a run")
    mean, regret = np.empty(runs), np.empty(runs)
    for run in range(runs):
        arm = actions[run]
        if not 0 <= arm < arms:
            raise IndexError("an action is not an arm")
        mean[run] = arm_means[run, arm]
        regret[run] = best_mean[run] - mean[run]
    return mean, regret
