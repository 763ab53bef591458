"""The environment of a model: a batch of independent runs, stepped together."""

import hashlib
from copy import copy
from typing import Any, Self

import numpy as np
from gymnasium.spaces import Discrete, Space
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rlnotes.base.random_streams import uniforms
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.picture import Picture
from rlnotes.envs.mdps.base.sampling_tables import sampling_tables
from rlnotes.envs.mdps.base.stepping import draw, step

INTEGER, BOOLEAN = np.dtype(np.int64), np.dtype(bool)

MADE_BY_RESET = ("fixed", "uniforms", "progress", "state", "elapsed", "shown")
"""attributes that a new batch does not have before its own `reset`"""


class ModelEnv(Environment, VectorEnv):
    """Step any `Model`; an episode begins in the step that ends the one before.

    The observation is the state. If there is an `emission`, it is observed in place of the state, and the model is
    hidden. V* then bounds the value of every policy; a policy with memory attains it if past observations determine
    everything that matters of the state.

    An action that is not available is replaced by the nearest available one, of two equally near ones the lower.
    *Common random numbers*: the seed fixes the one number that each run draws per step, whatever the actions are. A run
    does not depend on the actions of other runs. Raises `IndexError` if an action is out of range.
    """

    model: Model
    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": ["ansi", "rgb_array"], "render_fps": 4}

    def __init__(
        self, model: Model, num_envs: int = 1, time_limit: int | None = None, render_mode: str | None = None
    ) -> None:
        self.model, self.discount = model, model.discount
        self.time_limit, self.render_mode = time_limit, render_mode
        self.require("time_limit", time_limit is None or time_limit >= 1, "must be 1 or more, or null")
        self.require("render_mode", render_mode in (None, "ansi", "rgb_array"), "must be ansi, rgb_array or None")
        self.step_limit = np.iinfo(np.int64).max if time_limit is None else time_limit
        self.single_observation_space, self.emission = self.observed() or (Discrete(model.states), None)
        self.single_action_space = Discrete(model.actions)
        self.resize(num_envs)

    def observed(self) -> tuple[Space[Any], np.ndarray] | None:
        """The space of observations and the observation of every state [states, ...]; None if it is the state."""
        return None

    def setting_values(self) -> dict[str, Any]:
        """A digest of the model, the discount and the time limit."""
        model, digest = self.model, hashlib.sha256()
        for array in (model.offsets, model.next_state, model.probability, model.reward, model.terminated, model.start):
            digest.update(array.tobytes())
        return {"model": digest.hexdigest()[:12], "discount": self.discount, "time_limit": self.time_limit}

    def resize(self, num_envs: int) -> None:
        """Set the number of runs."""
        self.num_envs = num_envs
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def batch(self, num_envs: int) -> Self:
        """The same environment with `num_envs` runs, not yet reset; it shares the model and the emission."""
        batch = copy(self)
        batch._np_random = batch._np_random_seed = None
        for name in MADE_BY_RESET:
            batch.__dict__.pop(name, None)
        batch.resize(num_envs)
        return batch

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        tables = sampling_tables(self.model)
        self.fixed = *tables, self.model.actions, self.step_limit  # the arguments that no step changes
        self.uniforms = uniforms(self.np_random, self.num_envs)
        self.progress = np.zeros((3, self.num_envs), np.int64)
        self.state, self.elapsed, self.shown = self.progress
        self.state[:] = self.shown[:] = [draw(tables.start, number) for number in next(self.uniforms)]
        return self.observe(self.state), {} if self.masks is None else {"action_mask": self.masks[self.state]}

    def observe(self, state: np.ndarray) -> np.ndarray:
        """The observations of states [runs]."""
        return state.copy() if self.emission is None else self.emission.take(state, axis=0)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        runs = self.num_envs
        state, reward = np.empty(runs, INTEGER), np.empty(runs)
        terminated, truncated = np.empty(runs, BOOLEAN), np.empty(runs, BOOLEAN)
        action, uniform = np.ascontiguousarray(actions, INTEGER), next(self.uniforms)
        filled = state, reward, terminated, truncated
        ended = step(*self.fixed, self.progress, action, uniform, *filled)
        info = {"final_obs": self.observe(self.shown), "_final_obs": terminated | truncated} if ended else {}
        if self.masks is not None:
            info["action_mask"] = info["final_mask"] = self.masks.take(state, axis=0)
            if ended:
                info["final_mask"] = self.masks.take(self.shown, axis=0)
        observation = state if self.emission is None else self.observe(state)
        return observation, reward, terminated, truncated, info

    def render(self) -> tuple[Any, ...] | None:
        """A picture of every run: text if `render_mode` is `ansi`, an image [height, width, 3] if `rgb_array`."""
        if self.render_mode is None:
            return None
        actions = [str(action) for action in self.model.called.actions]
        picture = self.model.picture or Picture.of_states(self.model.states, actions)
        draw_run = picture.ansi if self.render_mode == "ansi" else picture.rgb_array
        return tuple(draw_run(int(state)) for state in self.shown)
