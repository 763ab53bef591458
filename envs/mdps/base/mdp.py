"""Finite Markov decision processes as environments, a batch of independent runs stepped together."""

import hashlib
from abc import abstractmethod
from copy import copy
from dataclasses import InitVar, dataclass, fields
from typing import Any, Self
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from gymnasium.spaces import Discrete, Space
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError
from rlnotes.base.random_streams import uniforms
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.picture import Picture
from rlnotes.envs.mdps.base.stepping import PAIR, draw, pair, step

TABLES: WeakKeyDictionary[Model, tuple[np.ndarray, np.ndarray, np.ndarray]] = WeakKeyDictionary()
"""What is drawn from, by model."""

MODELS: WeakValueDictionary[tuple[type, str], Model] = WeakValueDictionary()
"""Models in use, by class and settings: equal environments share one."""

INTEGER, BOOLEAN = np.dtype(np.int64), np.dtype(bool)


class ModelEnv(Environment, VectorEnv):
    """Steps any `Model`: the observation is the state, an episode begins anew in the step that ends the last.

    Where there is an `emission`, it is observed in place of the state, and the model is hidden. Nobody can have more
    than its V*, and who remembers has that much where what was seen tells all that matters of the state.

    An action that is not available is played as the nearest that is, the lower one of two.
    *Equal luck*: a seed fixes the one number that each run draws in a step, whatever is played. A run does not depend
    on what its neighbours play. Raises `IndexError` where an action is out of range.
    """

    model: Model
    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": ["ansi", "rgb_array"], "render_fps": 4}

    def __init__(
        self, model: Model, num_envs: int = 1, time_limit: int | None = None, render_mode: str | None = None
    ) -> None:
        if time_limit is not None and time_limit < 1:
            raise SettingError("time_limit", time_limit, "must be 1 or more, or null for none")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise SettingError("render_mode", render_mode, "must be ansi, rgb_array or None")
        self.model, self.discount = model, model.discount
        self.time_limit, self.render_mode = time_limit, render_mode
        self.steps_left = np.iinfo(np.int64).max if time_limit is None else time_limit
        self.single_observation_space, self.emission = self.observed() or (Discrete(model.states), None)
        self.single_action_space = Discrete(model.actions)
        self.resize(num_envs)

    def observed(self) -> tuple[Space[Any], np.ndarray] | None:
        """The space of observations, and that of every state [states, ...]; None where it is the state itself."""
        return None

    def setting_values(self) -> dict[str, Any]:
        """A digest of the model, the discount and the time limit."""
        model, digest = self.model, hashlib.sha256()
        for array in (model.offsets, model.next_state, model.probability, model.reward, model.terminated, model.start):
            digest.update(array.tobytes())
        return {"model": digest.hexdigest()[:12], "discount": self.discount, "time_limit": self.time_limit}

    def resize(self, num_envs: int) -> None:
        """Have so many runs."""
        self.num_envs = num_envs
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def batch(self, num_envs: int) -> Self:
        """The same environment with `num_envs` runs, to be reset; they share the model and the emission."""
        batch = copy(self)
        batch._np_random = batch._np_random_seed = None
        for begun in ("drawn_from", "uniforms", "progress", "state", "elapsed", "shown"):
            batch.__dict__.pop(begun, None)
        batch.resize(num_envs)
        return batch

    @property
    def tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the kernel draws from, made when it is first asked for, and shared by all batches of the model."""
        model = self.model
        if model not in TABLES:
            pairs = aligned(len(model.probability), PAIR)
            pair(model.offsets, model.next_state, model.probability, model.reward, model.terminated, pairs)
            begin = model.offsets[:-1].reshape(model.available.shape)
            spans = np.stack([begin, np.diff(model.offsets).reshape(begin.shape)], axis=-1)
            if not model.available.all():
                spans = np.take_along_axis(spans, nearest(model.available)[:, :, None], axis=1)
            start = np.cumsum(model.start)
            TABLES[model] = spans.reshape(-1, 2).astype(np.int32), pairs, start / start[-1]
        return TABLES[model]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.drawn_from = *self.tables, self.model.actions, self.steps_left
        self.uniforms = uniforms(self.np_random, self.num_envs)
        self.progress = np.zeros((3, self.num_envs), np.int64)
        self.state, self.elapsed, self.shown = self.progress
        self.state[:] = self.shown[:] = [draw(self.tables[2], number) for number in next(self.uniforms)]
        return self.seen(self.state), {}

    def seen(self, state: np.ndarray) -> np.ndarray:
        """What is observed in states [runs]."""
        return state.copy() if self.emission is None else self.emission.take(state, axis=0)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        runs = self.num_envs
        observation, reward = np.empty(runs, INTEGER), np.empty(runs)
        terminated, truncated = np.empty(runs, BOOLEAN), np.empty(runs, BOOLEAN)
        action = np.ascontiguousarray(actions, INTEGER)
        filled = observation, reward, terminated, truncated
        ended = step(*self.drawn_from, self.progress, action, next(self.uniforms), *filled)
        info = {"final_obs": self.seen(self.shown), "_final_obs": terminated | truncated} if ended else {}
        if self.emission is not None:
            observation = self.emission.take(observation, axis=0)
        return observation, reward, terminated, truncated, info

    def render(self) -> tuple[Any, ...] | None:
        """A picture of every run: text where `render_mode` is `ansi`, an image [height, width, 3] where `rgb_array`."""
        if self.render_mode is None:
            return None
        actions = [str(action) for action in range(self.model.actions)]
        picture = self.model.picture or Picture.of_states(self.model.states, actions)
        draw_run = picture.ansi if self.render_mode == "ansi" else picture.rgb_array
        return tuple(draw_run(int(state)) for state in self.shown)


def aligned(size: int, dtype: np.dtype) -> np.ndarray:
    """An empty array that begins with a line of the cache, so that no item of half a line lies across two."""
    bytes = np.empty(size * dtype.itemsize + 64, np.uint8)
    begin = -bytes.ctypes.data % 64
    return bytes[begin : begin + size * dtype.itemsize].view(dtype)


def nearest(available: np.ndarray) -> np.ndarray:
    """[states, actions], the action itself where it is available, else the nearest that is, the lower one of two."""
    action = np.arange(available.shape[1])
    far = 2 * len(action)
    below = np.maximum.accumulate(np.where(available, action, -far), axis=1)
    above = np.minimum.accumulate(np.where(available, action, 2 * far)[:, ::-1], axis=1)[:, ::-1]
    return np.where(action - below <= above - action, below, above)


@dataclass(eq=False, kw_only=True)
class MDP(ModelEnv):
    """A finite MDP with settings, from which `build` makes the model; `step` draws from it [notes 2.1]."""

    num_envs: InitVar[int] = 1
    render_mode: InitVar[str | None] = None

    discount: float = 1.0
    """discount γ of the return, from 0 to 1"""

    time_limit: int | None = None
    """steps after which an episode is truncated; null: none"""

    def __post_init__(self, num_envs: int, render_mode: str | None) -> None:
        key = type(self), repr({field.name: getattr(self, field.name) for field in fields(self)})
        if (model := MODELS.get(key)) is None:
            model = MODELS[key] = self.build()
        super().__init__(model, num_envs, self.time_limit, render_mode)

    @abstractmethod
    def build(self) -> Model:
        """The model that the settings describe; raises `SettingError` where one of them cannot be."""

    def setting_values(self) -> dict[str, Any]:
        return Configured.setting_values(self)
