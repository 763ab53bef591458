"""Multi-armed bandits 多臂老虎机, a batch of independent runs stepped together [notes 1.1]."""

from abc import abstractmethod
from dataclasses import InitVar, dataclass, replace
from typing import Any, Self

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numba import njit

from rlnotes.envs.base.environment import Environment


@dataclass(eq=False, kw_only=True)
class Bandit(Environment, VectorEnv):
    """k arms, one of which is played in every step; nothing else happens, and it never ends.

    A bandit of Gymnasium's is a state-less environment: its one observation is 0, its action the arm.
    The fields are its settings, the same in Python and on the command line (`env.FIELD=`).

    `step` returns in `info`, for whoever measures and not for the agent,
    `regret` [num_envs], what the best arm is worth and the arm played is not [notes 1.2], and
    `optimal` [num_envs], whether it is the best.

    *Equal luck*: a seed fixes what the arms are worth and the noise of every step, whatever is played.
    A run does not depend on what its neighbours play.

    Raises `SettingError` where a setting has a value that it may not have,
    `IndexError` where an action is not an arm.
    """

    num_envs: InitVar[int] = 1

    arms: int | None = None
    """number of arms k; null: 10"""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}
    regret_against = "the best arm"

    def __post_init__(self, num_envs: int) -> None:
        self.require_kinds()
        self.settle()
        assert self.arms is not None
        self.num_envs, self.k = num_envs, self.arms
        self.single_observation_space, self.single_action_space = Discrete(1), Discrete(self.k)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        # What every step returns alike, and nobody may write to.
        self.observation, self.not_ended = np.zeros(num_envs, np.int64), np.zeros(num_envs, bool)
        self.observation.flags.writeable = self.not_ended.flags.writeable = False

    def settle(self) -> None:
        """Refuse settings that cannot be, and fill in those that are left to others, such as the number of arms."""
        self.arms = 10 if self.arms is None else self.arms
        self.require_at_least("arms", 1)

    def batch(self, num_envs: int) -> Self:
        """The same bandit with `num_envs` runs."""
        return replace(self, num_envs=num_envs)

    @abstractmethod
    def begin(self) -> dict[str, Any]:
        """Draw what is fixed for an episode, which never ends; the info of `reset`."""

    @abstractmethod
    def offer(self) -> tuple[np.ndarray, np.ndarray]:
        """What each arm is worth in this step [num_envs, arms], and the best of them [num_envs]."""

    @abstractmethod
    def pay(self, worth: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """The rewards of arms of so much worth [num_envs], by as many random numbers whatever they are."""

    def move(self) -> None:
        """Change what changes between two steps."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.t = 1
        info = self.begin()
        return self.observation, info

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        actions = np.ascontiguousarray(actions, np.int64)
        worth, regret = pull(*self.offer(), actions)
        reward = self.pay(worth, actions)
        self.t += 1
        self.move()
        info = {"regret": regret, "optimal": regret == 0}
        return self.observation, reward, self.not_ended, self.not_ended, info


@njit("Tuple((f8[::1], f8[::1]))(f8[:,::1], f8[::1], i8[::1])", cache=True)
def pull(worth, best, actions):  # type: ignore[no-untyped-def]
    """What the arm that each run plays is worth [runs], of `worth` [runs, arms], and how much less than the best."""
    runs, arms = worth.shape
    if len(actions) != runs:
        raise ValueError("there must be one action a run")
    played, regret = np.empty(runs), np.empty(runs)
    for run in range(runs):
        arm = actions[run]
        if not 0 <= arm < arms:
            raise IndexError("an action is not an arm")
        played[run] = worth[run, arm]
        regret[run] = best[run] - played[run]
    return played, regret
