"""Episodes of one run that plays what was learnt, moment by moment."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.error import DependencyNotInstalled

from rlnotes.agents.base.agent import Agent, Transition
from rlnotes.base.errors import SettingError, install_hint
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.base.one_array import in_one_array
from rlnotes.envs.base.scalar_env import ScalarEnv
from rlnotes.envs.mdps.base.model_env import ModelEnv
from rlnotes.envs.registered import Registered

RENDERED = "rgb_array"
"""Gymnasium's name of pictures as arrays"""


class Moment(NamedTuple):
    """The beginning of an episode, or a step of it."""

    episode: int
    """from 1"""
    step: int
    """steps of the episode so far"""
    observation: np.ndarray
    state: int
    """the state of a known model, the last one of an episode that ended; −1 if there is no model"""
    action: Any
    """the last action; None at the beginning"""
    total: float
    """sum of the rewards of the episode so far"""
    ended: bool


class Stage:
    """One run of an environment with this `name`, in which an agent plays.

    `picture` draws it as an array [height, width, 3]; None if it has no picture of its own. Raises `SettingError` if
    the environment cannot be made.
    """

    picture: Callable[[], np.ndarray] | None = None

    def __init__(self, env: Environment, name: str) -> None:
        self.name = name
        self.native: ModelEnv | None = None
        self.env = self.registered(env) if isinstance(env, Registered) else self.batch_of_one(env)
        self.frames_per_second = float(self.env.metadata.get("render_fps") or 4)

    def registered(self, env: Registered) -> gym.Env:
        """Gymnasium's own environment, with its own pictures."""
        try:
            with closing(env.make()) as made:
                drawn = RENDERED in (made.metadata.get("render_modes") or ())
            made = in_one_array(env.make(RENDERED if drawn else None), env.id)
        except Exception as error:
            raise self.failed("made", error) from error
        self.picture = made.render if drawn else None  # type: ignore[assignment]  # one picture in this mode
        return made

    def batch_of_one(self, env: Environment) -> gym.Env:
        """The scalar environment of a batch of one run."""
        batch = env.batch(1)
        made = ScalarEnv(batch)
        if isinstance(batch, ModelEnv):
            self.native = batch
        elif RENDERED in (batch.metadata.get("render_modes") or ()):
            batch.render_mode = RENDERED
            self.picture = made.render
        return made

    def draw(self) -> np.ndarray:
        """The picture of now. Raises `SettingError` if it cannot be drawn."""
        assert self.picture
        try:
            return np.asarray(self.picture(), np.uint8)[..., :3]
        except Exception as error:
            raise self.failed("drawn", error) from error

    def failed(self, what: str, error: Exception) -> SettingError:
        """The error of an environment that cannot be made or drawn; a missing package has its hint."""
        if isinstance(error, DependencyNotInstalled) and "pygame" in str(error):
            return SettingError("env", self.name, f"needs pygame to be {what}: {install_hint('play')}")
        return SettingError.failed("env", self.name, what, error)

    def shows(self, moment: Moment) -> bool:
        """Whether the picture is that of the moment: a batch resets itself in the step that ends an episode."""
        return not moment.ended or not isinstance(self.env, ScalarEnv)

    @property
    def state(self) -> int:
        """The state of the model now, or the last one of an episode that ended; −1 without a model."""
        return -1 if self.native is None else int(self.native.shown[0])

    def play(self, agent: Agent, episodes: int, steps: int, seed: int) -> Iterator[Moment]:
        """Every moment of these `episodes`, of at most so many `steps` together."""
        taken = 0
        for episode in range(1, episodes + 1):
            total, ended, step = 0.0, False, 0
            observation, info = self.env.reset(seed=seed if episode == 1 else None)
            yield Moment(episode, 0, observation, self.state, None, total, ended)
            while not ended and taken < steps:
                agent.allowed = None if (mask := info.get("action_mask")) is None else np.asarray(mask, bool)[None]
                now = np.asarray(observation)[None]
                action = agent.act(now)
                observation, reward, terminated, truncated, info = self.env.step(action[0])
                ends = np.array([terminated]), np.array([truncated])
                agent.update(Transition(now, action, np.array([reward]), np.asarray(observation)[None], *ends))
                taken, step, total = taken + 1, step + 1, total + float(reward)
                ended = bool(terminated or truncated)
                yield Moment(episode, step, observation, self.state, action[0], total, ended)
            if taken >= steps:
                return
