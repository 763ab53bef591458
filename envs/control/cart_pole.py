"""The pole on a cart."""

from dataclasses import InitVar, dataclass, replace
from typing import Any, Self

import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from gymnasium.spaces import Box
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from rlnotes.base.kernels import BoolVector, Float32Matrix, FloatMatrix, Int32Vector, IntVector, kernel
from rlnotes.base.random_streams import Stream
from rlnotes.envs.base.environment import Environment

FORCE, GRAVITY, SECONDS = 10.0, 9.8, 0.02
"""force F of a push, gravity g, duration of a step"""
POLE, MASS, LENGTH = 0.1, 1.1, 0.5
"""mass m of the pole, mass M of pole and cart, half the length of the pole l"""
FARTHEST, STEEPEST = 2.4, 12 * 2 * np.pi / 360
"""largest distance of the cart from the middle and largest angle of the pole"""


@kernel()
def push(
    state: FloatMatrix,
    turn: FloatMatrix,
    start: FloatMatrix,
    action: IntVector,
    elapsed: Int32Vector,
    time_limit: int,
    terminated: BoolVector,
    truncated: BoolVector,
    observation: Float32Matrix,
    last: Float32Matrix,
) -> int:
    """Step every run as Gymnasium does; if an episode ends, the next begins in the same step, from its `start`.

    θ̈ = (g sin θ − f cos θ) / (l (4/3 − m cos² θ / M)),    ẍ = f − m l θ̈ cos θ / M,    f = (F + m l θ̇² sin θ) / M

    `state` and `start` are [4, runs]; `turn` [2, runs] is sine and cosine of the angle. `state` and `elapsed` are
    changed. `terminated`, `truncated`, `observation` and `last` [runs, 4], the observations before any reset, are
    filled. Returns the number of episodes that ended.
    """
    ended = 0
    for run in range(state.shape[1]):
        if not 0 <= action[run] < 2:
            raise IndexError("an action is not one of the environment's")
        x, speed, theta, spin = state[0, run], state[1, run], state[2, run], state[3, run]
        sine, cosine = turn[0, run], turn[1, run]
        f = ((FORCE if action[run] else -FORCE) + POLE * LENGTH * (spin * spin) * sine) / MASS
        theta_acceleration = (GRAVITY * sine - cosine * f) / (LENGTH * (4 / 3 - POLE * (cosine * cosine) / MASS))
        x_acceleration = f - POLE * LENGTH * theta_acceleration * cosine / MASS
        state[0, run], state[1, run] = x + SECONDS * speed, speed + SECONDS * x_acceleration
        state[2, run], state[3, run] = theta + SECONDS * spin, spin + SECONDS * theta_acceleration
        elapsed[run] += 1
        terminated[run] = abs(state[0, run]) > FARTHEST or abs(state[2, run]) > STEEPEST
        truncated[run] = elapsed[run] >= time_limit and not terminated[run]
        last[run] = observation[run] = state[:, run]
        if terminated[run] or truncated[run]:
            ended += 1
            elapsed[run], state[:, run] = 0, start[:, run]
            observation[run] = state[:, run]
    return ended


@dataclass(eq=False, kw_only=True)
class CartPole(Environment, CartPoleVectorEnv):
    """Balance a pole on a cart by pushes to the left or right; every step pays 1.

    Action 0 pushes to the left, 1 to the right. The observation [4] is position and speed of the cart, angle and
    angular speed of the pole. An episode ends if the cart is more than 2.4 from the middle or the pole beyond 12°; it
    begins with each of the four numbers uniform in ±0.05. The physics is Gymnasium's; unlike Gymnasium's batch, an
    episode begins in the step that ends the one before.
    *Common random numbers*: every run draws the start of an episode in every step, whatever the actions are, so that
    it does not depend on the actions of other runs.
    Source: Barto, Sutton & Anderson, IEEE Transactions on Systems, Man, and Cybernetics 13 (1983); Gymnasium's
    CartPole-v1.
    """

    num_envs: InitVar[int] = 1
    render_mode: InitVar[str | None] = None

    masked: bool = False
    """whether only position and angle are observed [2], so that the agent needs memory for the speeds"""

    sutton_barto_reward: bool = False
    """whether a step pays 0, and −1 if the pole falls"""

    discount: float = 0.99
    """discount γ of the return, from 0 to 1"""

    time_limit: int | None = 500
    """steps after which an episode is truncated; null: never"""

    metadata = {**CartPoleVectorEnv.metadata, "autoreset_mode": AutoresetMode.SAME_STEP}

    def __post_init__(self, num_envs: int, render_mode: str | None) -> None:
        self.require_kinds()
        self.require_probability("discount")
        self.require("time_limit", self.time_limit is None or self.time_limit >= 1, "must be 1 or more, or null")
        self.best_return = 0.0 if self.sutton_barto_reward else self.time_limit  # of a pole that never falls
        limit = np.iinfo(np.int32).max if self.time_limit is None else self.time_limit
        super().__init__(num_envs, limit, render_mode, self.sutton_barto_reward)
        self.parts = slice(None, None, 2 if self.masked else 1)
        whole: Any = self.single_observation_space
        self.single_observation_space = Box(whole.low[self.parts], whole.high[self.parts])
        self.observation_space = batch_space(self.single_observation_space, num_envs)

    @property
    def return_range(self) -> tuple[float, float]:
        return (-1.0, 0.0) if self.sutton_barto_reward else (1.0, float(self.time_limit or np.inf))

    def batch(self, num_envs: int) -> Self:
        """The same environment with `num_envs` runs."""
        return replace(self, num_envs=num_envs)

    def observe(self) -> np.ndarray:
        """The present observations [num_envs, 4], or [num_envs, 2] if masked."""
        state: Any = self.state
        return state[self.parts].T.astype(np.float32, order="C")

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed, options=options)
        self.stream = Stream(self.np_random)
        return self.observe(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        state: Any = self.state
        runs, start = self.num_envs, self.low + (self.high - self.low) * self.stream.random((4, self.num_envs))
        terminated, truncated = np.empty((2, runs), bool)
        observation, last = np.empty((2, runs, 4), np.float32)
        turn = np.array([np.sin(state[2]), np.cos(state[2])])
        now = state, turn, start, action.astype(np.int64), self.steps, self.max_episode_steps
        ended = push(*now, terminated, truncated, observation, last)
        seen, last = np.ascontiguousarray(observation[:, self.parts]), np.ascontiguousarray(last[:, self.parts])
        reward = -terminated.astype(float) if self.sutton_barto_reward else np.ones(runs)
        info = {"final_obs": last, "_final_obs": terminated | truncated} if ended else {}
        return seen, reward, terminated, truncated, info

    def render(self) -> Any:
        """An image [height, width, 3] of every run if `render_mode` is `rgb_array`."""
        return super().render() if self.render_mode else None  # type: ignore[no-untyped-call]
