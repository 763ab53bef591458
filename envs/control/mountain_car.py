"""The car in a valley."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Discrete

from rlnotes.base.kernels import BoolVector, ConstFloatVector, Float32Matrix, FloatMatrix, IntVector, kernel
from rlnotes.envs.control.base.control_env import ControlEnv

LEFT, RIGHT, GOAL, FASTEST = -1.2, 0.6, 0.5, 0.07
"""range of the position, position of the goal, largest speed"""
FORCE, GRAVITY = 0.001, 0.0025
"""force of the engine, and of the slope"""
FIRST, LAST = -0.6, -0.4
"""range of the position at the start"""


@kernel()
def drive(
    state: FloatMatrix,
    start: ConstFloatVector,
    action: IntVector,
    elapsed: IntVector,
    time_limit: int,
    terminated: BoolVector,
    truncated: BoolVector,
    observation: Float32Matrix,
    last: Float32Matrix,
) -> int:
    """Step every run as Gymnasium does; if an episode ends, the next begins in the same step, from its `start`.

    v ← v + FORCE (a − 1) − GRAVITY cos(3 x) within ±FASTEST;    x ← x + v within its range;    v ← 0 at the left end

    `state` [2, runs] and `elapsed` are changed. `terminated`, `truncated`, `observation` and `last` [runs, 2], the
    observations before any reset, are filled. Returns the number of episodes that ended.
    """
    ended = 0
    for run in range(len(action)):
        if not 0 <= action[run] < 3:
            raise IndexError("an action is not one of the environment's")
        x, v = state[0, run], state[1, run]
        v += (action[run] - 1) * FORCE + np.cos(3 * x) * -GRAVITY
        v = min(max(v, -FASTEST), FASTEST)
        x = min(max(x + v, LEFT), RIGHT)
        if x == LEFT and v < 0:
            v = 0.0
        elapsed[run] += 1
        terminated[run] = x >= GOAL and v >= 0
        truncated[run] = elapsed[run] >= time_limit and not terminated[run]
        last[run, 0], last[run, 1] = x, v
        if terminated[run] or truncated[run]:
            ended += 1
            elapsed[run], x, v = 0, start[run], 0.0
        state[0, run], state[1, run] = x, v
        observation[run, 0], observation[run, 1] = x, v
    return ended


@dataclass(eq=False, kw_only=True)
class MountainCar(ControlEnv):
    """Drive an underpowered car out of a valley; every step pays −1.

    Action 0 pushes to the left, 2 to the right, 1 does nothing. The engine is weaker than gravity, so the car must
    swing. The observation [2] is position x and speed v. An episode begins with v = 0 and x uniform in −0.6 to −0.4,
    and ends if x reaches 0.5. The physics is that of Gymnasium's MountainCar-v0, whose time limit is 200.
    *Common random numbers*: every run draws the start of an episode in every step, whatever the actions are.
    Source: Moore (1990); Sutton & Barto (2nd ed.), Example 10.1.
    """

    def spaces(self) -> tuple[Space[Any], Space[Any]]:
        limits = np.array([[LEFT, -FASTEST], [RIGHT, FASTEST]], np.float32)
        return Box(*limits), Discrete(3)

    @property
    def return_range(self) -> tuple[float, float]:
        return (-np.inf if self.time_limit is None else -float(self.time_limit)), -1.0

    def start(self) -> np.ndarray:
        """Positions at the beginning of an episode [num_envs]."""
        return FIRST + (LAST - FIRST) * self.stream.random(self.num_envs)

    def begin(self) -> np.ndarray:
        self.state = np.stack([self.start(), np.zeros(self.num_envs)])
        self.elapsed = np.zeros(self.num_envs, np.int64)
        return self.state.T.astype(np.float32, order="C")

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        runs, start = self.num_envs, self.start()
        terminated, truncated = np.empty((2, runs), bool)
        observation, last = np.empty((2, runs, 2), np.float32)
        now = self.state, start, np.ascontiguousarray(action, np.int64), self.elapsed, self.step_limit
        ended = drive(*now, terminated, truncated, observation, last)
        info = {"final_obs": last, "_final_obs": terminated | truncated} if ended else {}
        return observation, np.full(runs, -1.0), terminated, truncated, info
