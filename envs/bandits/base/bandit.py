"""Multi-armed bandits 多臂老虎机, a batch of independent runs stepped together [notes 1.1]."""

from abc import abstractmethod
from dataclasses import InitVar, dataclass, replace
from typing import Any, Self

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rlnotes.base.kernels import BoolVector, FloatMatrix, FloatVector, IntVector, kernel
from rlnotes.base.memory_check import require_memory
from rlnotes.base.random_streams import Stream
from rlnotes.envs.base.actions import ActionError
from rlnotes.envs.base.environment import Environment


@dataclass(eq=False, kw_only=True)
class Bandit(Environment, VectorEnv):
    """k arms; each step pulls one, and a pull does not change the arms.

    Episodes never end. The action is the arm. The observation is 0, unless the arms have contexts. The fields are the
    settings, the same in Python and on the command line (`env.FIELD=`).

    `step` returns in `info`, for measurement and not for the agent,
    `regret` [num_envs], the value of the best arm less that of the pulled arm [notes 1.2], and
    `optimal` [num_envs], whether the pulled arm is the best.

    *Common random numbers*: the seed fixes the values of the arms and the noise of every step, whatever the actions
    are. A run does not depend on the actions of other runs.

    Raises `SettingError` if a setting has a value it may not have, `IndexError` if an action is not an arm,
    `ActionError` if the arm is not available, or if there is not one action per run.
    """

    num_envs: InitVar[int] = 1

    arms: int | None = None
    """number of arms k; null: 10"""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}
    regret_against = "the best arm"

    def __post_init__(self, num_envs: int) -> None:
        self.require_kinds()
        self.complete_settings()
        assert self.arms is not None
        self.num_envs, self.k = num_envs, self.arms
        self.single_observation_space, self.single_action_space = Discrete(1), Discrete(self.k)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        # Every step returns these same arrays, so they are read-only.
        self.observation, self.not_ended = np.zeros(num_envs, np.int64), np.zeros(num_envs, bool)
        self.observation.flags.writeable = self.not_ended.flags.writeable = False
        self.offered: dict[str, np.ndarray] = {}  # what `info` says of available arms

    def complete_settings(self) -> None:
        """Check the settings, and compute the settings that follow from others, such as the number of arms."""
        self.arms = 10 if self.arms is None else self.arms
        self.require_at_least("arms", 1)
        self.check_memory(1)

    def check_memory(self, runs: int) -> None:
        assert self.arms is not None
        require_memory("arms", self.arms, 24 * runs * self.arms)

    def batch(self, num_envs: int) -> Self:
        """The same bandit with `num_envs` runs."""
        return replace(self, num_envs=num_envs)

    @abstractmethod
    def begin(self) -> dict[str, Any]:
        """Draw the problem instance of every run. Returns the `info` of `reset`."""

    @abstractmethod
    def arm_values(self) -> tuple[np.ndarray, np.ndarray]:
        """The value of each arm in this step [num_envs, arms], and the value of the best arm [num_envs].

        The value of an arm that is not available is −∞.
        """

    @abstractmethod
    def draw_rewards(self, value: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """The rewards of pulled arms with these values [num_envs]; it draws equally many numbers for any actions."""

    def advance(self) -> None:
        """Change the arms between two steps."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.stream, self.t = Stream(self.np_random), 1
        info = self.begin()
        return self.observation, info | self.offered

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        actions = np.ascontiguousarray(actions, np.int64)
        value, regret, optimal = np.empty(self.num_envs), np.empty(self.num_envs), np.empty(self.num_envs, bool)
        try:
            pull(*self.arm_values(), actions, value, regret, optimal)
        except ValueError as error:
            raise ActionError(str(error)) from None
        reward = self.draw_rewards(value, actions)
        self.t += 1
        self.advance()
        info = {"regret": regret, "optimal": optimal} | self.offered
        return self.observation, reward, self.not_ended, self.not_ended, info


@kernel()
def pull(
    value: FloatMatrix,
    best: FloatVector,
    actions: IntVector,
    pulled: FloatVector,
    regret: FloatVector,
    optimal: BoolVector,
) -> None:
    """pulled ← the value of the arm that each run pulls, regret ← best − pulled, optimal ← whether that is 0.

    `value` is [runs, arms]. The caller makes the arrays, since numba takes longer to return new ones.
    """
    runs, arms = value.shape
    if len(actions) != runs:
        raise ValueError("there must be one action per run")
    outside = unavailable = False
    for run in range(runs):  # a loop of its own: the compiler vectorises a loop only if it looks up no arm
        outside |= (actions[run] < 0) | (actions[run] >= arms)
    if outside:
        raise IndexError("an action is not an arm")
    for run in range(runs):
        pulled[run] = value[run, np.uint64(actions[run])]
    for run in range(runs):
        regret[run] = best[run] - pulled[run]
        optimal[run] = regret[run] == 0
        unavailable |= pulled[run] == -np.inf
    if unavailable:
        raise ValueError("played an arm that is not available; must be one of the arms that the observation shows")
