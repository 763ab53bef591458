"""The puddle world."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Discrete

from rlnotes.base.kernels import (
    BoolVector,
    ConstFloatMatrix,
    Float32Matrix,
    FloatMatrix,
    FloatVector,
    IntVector,
    kernel,
)
from rlnotes.envs.control.base.control_env import ControlEnv

MOVE, NOISE = 0.05, 0.01
"""length of a move, and standard deviation of both coordinates after it"""
GOAL = 1.9
"""sum of the coordinates from which on the corner is reached"""
RADIUS, DEPTH_COST = 0.1, 400.0
"""radius of the puddles around their lines, and cost of a unit of depth"""
ACROSS, ALONG = (0.1, 0.45, 0.75), (0.4, 0.8, 0.45)
"""the lines of the puddles: from x to x at a height y; from y to y at an x"""


@kernel()
def walk(
    position: FloatMatrix,
    start: ConstFloatMatrix,
    noise: ConstFloatMatrix,
    action: IntVector,
    elapsed: IntVector,
    time_limit: int,
    reward: FloatVector,
    terminated: BoolVector,
    truncated: BoolVector,
    observation: Float32Matrix,
    last: Float32Matrix,
) -> int:
    """Step every run; if an episode ends, the next begins in the same step, from its `start` [runs, 2].

    `position` [runs, 2] and `elapsed` are changed. `reward`, `terminated`, `truncated`, `observation` and `last`
    [runs, 2], the observations before any reset, are filled. Returns the number of episodes that ended.
    """
    ended = 0
    for run in range(len(action)):
        if not 0 <= action[run] < 4:
            raise IndexError("an action is not one of the environment's")
        axis = 1 if action[run] < 2 else 0
        for i in range(2):
            moved = (MOVE if action[run] % 2 == 0 else -MOVE) if i == axis else 0.0
            position[run, i] = min(max(position[run, i] + moved + noise[run, i], 0.0), 1.0)
            last[run, i] = position[run, i]
        x, y = position[run, 0], position[run, 1]
        across = np.hypot(x - min(max(x, ACROSS[0]), ACROSS[1]), y - ACROSS[2])
        along = np.hypot(x - ALONG[2], y - min(max(y, ALONG[0]), ALONG[1]))
        reward[run] = -1 - DEPTH_COST * max(RADIUS - min(across, along), 0.0)
        elapsed[run] += 1
        terminated[run] = x + y >= GOAL
        truncated[run] = elapsed[run] >= time_limit and not terminated[run]
        if terminated[run] or truncated[run]:
            ended += 1
            elapsed[run] = 0
            position[run, 0], position[run, 1] = start[run, 0], start[run, 1]
        observation[run, 0], observation[run, 1] = position[run, 0], position[run, 1]
    return ended


@dataclass(eq=False, kw_only=True)
class PuddleWorld(ControlEnv):
    """Walk on a square to its upper right corner, around two puddles.

    Actions move up, down, right and left by 0.05, and noise with standard deviation 0.01 is added to both coordinates.
    Every step pays −1 − 400 d, where d is the depth in the puddles, the distance to the edge of the one whose line is
    nearest. The puddles reach 0.1 from the lines from (0.1, 0.75) to (0.45, 0.75) and from (0.45, 0.4) to
    (0.45, 0.8). The observation [2] is the position x, y from 0 to 1. An episode begins anywhere outside the goal and
    ends if x + y reaches 1.9.
    *Common random numbers*: every run draws its noise and the start of an episode in every step.
    Source: Sutton, NIPS 8 (1996).
    """

    def spaces(self) -> tuple[Space[Any], Space[Any]]:
        return Box(0, 1, (2,)), Discrete(4)

    @property
    def return_range(self) -> tuple[float, float]:
        return (-np.inf if self.time_limit is None else -(1 + DEPTH_COST * RADIUS) * self.time_limit), -1.0

    def start(self) -> np.ndarray:
        """Positions at the beginning of an episode [num_envs, 2], uniform outside the goal."""
        position = self.stream.random((self.num_envs, 2))
        while (again := position.sum(axis=1) >= GOAL).any():
            position[again] = self.stream.random((again.sum(), 2))
        return position

    def begin(self) -> np.ndarray:
        self.position, self.elapsed = self.start(), np.zeros(self.num_envs, np.int64)
        return self.position.astype(np.float32)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        runs, start = self.num_envs, self.start()
        noise = NOISE * self.stream.standard_normal((runs, 2))
        reward, (terminated, truncated) = np.empty(runs), np.empty((2, runs), bool)
        observation, last = np.empty((2, runs, 2), np.float32)
        now = self.position, start, noise, np.ascontiguousarray(action, np.int64), self.elapsed, self.step_limit
        ended = walk(*now, reward, terminated, truncated, observation, last)
        info = {"final_obs": last, "_final_obs": terminated | truncated} if ended else {}
        return observation, reward, terminated, truncated, info
