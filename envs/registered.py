"""Any environment registered with Gymnasium, by its id."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec, load_env_creator
from gymnasium.vector import VectorEnv

from rlnotes.base.configured import KINDS, in_words, kind_of, kinds_of
from rlnotes.base.errors import SettingError
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.base.rewards import UNKNOWN, Rewards
from rlnotes.envs.base.wrapping import FORM, wrappings
from rlnotes.own_code import named_module

if TYPE_CHECKING:
    from rlnotes.envs.control.cart_pole import CartPole
    from rlnotes.envs.mdps.base.model import Model

DISCOUNT = 0.99
"""default discount, since Gymnasium's environments do not declare one"""

CART_POLES = (
    "gymnasium.envs.classic_control.cartpole:CartPoleEnv",
    "gymnasium.envs.classic_control.cartpole:CartPoleVectorEnv",
)
"""Gymnasium's cart-pole and its batch, replaced by ours, which resets in the step that ends an episode"""

SHARED: dict[str, tuple[Any, str]] = {
    "discount": (float, "discount γ of the return, from 0 to 1"),
    "max_episode_steps": (int | None, "steps after which an episode is truncated; null: never"),
    "processes": (int | None, "processes that step the runs of a slow environment; null: this one"),
    "kwargs": (Any, "parameters of the constructor that are no settings, {PARAMETER: VALUE}"),
    "wrappers": (Any, f"wrappers of gymnasium.wrappers, or MODULE:CLASS: {FORM}"),
}
"""type and meaning of the settings that every environment of Gymnasium's has here"""


def spec_of(id: str) -> EnvSpec:
    """The description of an environment that is registered, or that the module in its id registers."""
    return gym.registry.get(id.rpartition(":")[2]) or gym.spec(id)


@dataclass
class Registered(Environment):
    """An environment by its Gymnasium id, such as CartPole-v1.

    An id may name the module that registers it, as in Gymnasium, or its file: my_worlds:Corridor-v0. Its settings are
    those of `SHARED` and the parameters of its constructor. Raises `SettingError` if the constructor does not have a
    setting.
    """

    id: str
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = self.defaults(self.id)
        for setting, value in self.settings.items():
            if setting not in known:
                raise SettingError.unknown(setting, value, self.id, known)
            kind = self.kind(setting, known[setting])
            if value is not known[setting] and not any(fits(value) for fits, _ in kinds_of(kind)):
                raise SettingError(setting, value, f"must be {in_words(kind)}")
        self.settings = known | self.settings
        self.discount = self.settings["discount"]
        self.require_probability("discount")
        self.discount = float(self.discount)
        self.time_limit = self.settings["max_episode_steps"]
        if not isinstance(self.settings["kwargs"], dict | None):
            raise SettingError("kwargs", self.settings["kwargs"], "must be {PARAMETER: VALUE}, or null")
        if self.time_limit is not None and self.time_limit < 1:
            raise SettingError("max_episode_steps", self.time_limit, "must be 1 or more, or null")
        self.processes = self.settings["processes"]
        if self.processes is not None and self.processes < 1:
            raise SettingError("processes", self.processes, "must be 1 or more, or null")
        self.wrappings = wrappings(self.settings["wrappers"])

    def setting_values(self) -> dict[str, Any]:
        return self.settings | {"discount": self.discount}

    @property
    def made_by(self) -> tuple[Any, ...]:
        spec = spec_of(self.id)
        wrappers: list[Any] = [
            part for one in spec.additional_wrappers for part in (load_env_creator(one.entry_point), one.kwargs)
        ]
        wrappers += [wrapping.cls for wrapping in self.wrappings]
        made_by = (type(self), self.entry_point(self.id), spec.vector_entry_point, spec.kwargs, self.time_limit)
        return (*made_by, *wrappers, *named_module(self.id))

    @property
    def own_settings(self) -> dict[str, Any]:
        """The settings that the constructor takes."""
        own = {key: value for key, value in self.settings.items() if key not in SHARED}
        return own | (self.settings["kwargs"] or {})

    @cached_property
    def model(self) -> "Model | None":  # type: ignore[override]  # computed on first use
        """The model of a toy-text environment of Gymnasium's that nothing changes; None for other environments."""
        from rlnotes.envs.mdps.base.toy_text import from_gymnasium, steps_by_its_table

        with refused_in_one_line(self.id), closing(self.make()) as env:
            return from_gymnasium(env, self.discount) if steps_by_its_table(env, self.time_limit) else None

    @cached_property
    def masks(self) -> np.ndarray | None:  # type: ignore[override]  # computed on first use
        from rlnotes.envs.mdps.base.toy_text import masks

        with refused_in_one_line(self.id), closing(self.make()) as env:
            return masks(env) if self.model else None

    @cached_property
    def rewards(self) -> Rewards:  # type: ignore[override]  # computed on first use
        """The `rewards` in the metadata of the environment; nothing is known if it has none.

        Raises `SettingError` if they are no `Rewards`.
        """
        with refused_in_one_line(self.id), closing(self.make()) as env:
            declared = env.unwrapped.metadata.get("rewards", UNKNOWN)
        if not isinstance(declared, Rewards):
            raise SettingError("env", self.id, f"metadata['rewards'] must be Rewards(...), not {declared!r}")
        return declared

    @staticmethod
    def defaults(id: str) -> dict[str, Any]:
        """The settings of an environment whose values can be written in text, with their defaults."""
        spec = spec_of(id)
        parameters = inspect.signature(Registered.entry_point(id)).parameters.values()
        defaults = {p.name: p.default for p in parameters if p.name != "render_mode"} | spec.kwargs
        own = {
            key: value for key, value in defaults.items() if isinstance(value, None | bool | int | float | str | list)
        }
        shared = dict.fromkeys(SHARED) | {"discount": DISCOUNT, "max_episode_steps": spec.max_episode_steps}
        return shared | {key: value for key, value in own.items() if key not in SHARED}

    def kind(self, setting: str, default: Any) -> Any:
        """The type of a setting: the annotation in the constructor, if it can be read, or else the type of the default.

        Any number may replace a number, since a default of 0 does not show whether it means a whole number.
        """
        if setting in SHARED:
            return SHARED[setting][0]
        made_by = self.entry_point(self.id)
        with suppress(Exception):  # an annotation of foreign code may be anything
            annotation = inspect.signature(made_by, eval_str=True).parameters[setting].annotation
            if {annotation, *get_args(annotation)} & KINDS.keys() - {NoneType}:
                return annotation
        return next((kind for kind in (bool, float, str) if kind_of(kind)[0](default)), Any)

    @staticmethod
    def entry_point(id: str) -> Callable[..., Any]:
        """The class or function that makes an environment."""
        found = spec_of(id).entry_point
        with refused_in_one_line(id):
            return found if callable(found) else load_env_creator(str(found))

    def make(self, render_mode: str | None = None) -> gym.Env:
        """Gymnasium's environment with these settings."""
        spec = copy(spec_of(self.id))
        spec.max_episode_steps = self.time_limit
        drawn = self.own_settings if render_mode is None else {"render_mode": render_mode, **self.own_settings}
        env = gym.make(spec, disable_env_checker=True, **drawn)
        for wrapping in self.wrappings:
            env = wrapping.around(env)
        return env

    @property
    def return_range(self) -> tuple[float, float]:
        own = cart_pole(self, 1)
        return own.return_range if own else super().return_range

    def batch(self, num_envs: int) -> VectorEnv:
        """A vector environment of `num_envs` runs, each reset in the step that ends its episode.

        If the model is known, a `ModelEnv` steps it.
        """
        if own := cart_pole(self, num_envs):
            return own
        if self.model:
            from rlnotes.envs.mdps.base.model_env import ModelEnv

            env = ModelEnv(self.model, num_envs, self.time_limit)
            env.masks = self.masks
            return env
        from rlnotes.envs.base.checked_env import CheckedEnv
        from rlnotes.envs.base.one_array import in_one_array
        from rlnotes.envs.base.run_processes import separate_runs

        def one() -> gym.Env:
            return in_one_array(self.make(), self.id)

        with refused_in_one_line(self.id):
            return CheckedEnv(separate_runs(one, num_envs, self.processes or 1, self.id), self.id)


def cart_pole(env: Registered, num_envs: int) -> "CartPole | None":
    """This project's environment for Gymnasium's cart-pole that nothing changes; None for other environments."""
    spec = spec_of(env.id)
    changed = spec.additional_wrappers or env.wrappings or env.settings["kwargs"]
    if changed or (spec.entry_point, spec.vector_entry_point) != CART_POLES:
        return None
    from rlnotes.envs.control.cart_pole import CartPole

    return CartPole(num_envs=num_envs, time_limit=env.time_limit, discount=env.discount, **env.own_settings)


@contextmanager
def refused_in_one_line(id: str) -> Iterator[None]:
    """Turn any exception of a foreign environment into a `SettingError` of one line."""
    try:
        yield
    except Exception as error:
        raise SettingError.failed("env", id, "made", error) from error
