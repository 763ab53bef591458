"""Wrappers around an environment of Gymnasium's, as settings."""

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import gymnasium as gym
from gymnasium import wrappers

from rlnotes.base.errors import SettingError
from rlnotes.own_code import object_at

NAMES = [name for name, thing in vars(wrappers).items() if isinstance(thing, type) and issubclass(thing, gym.Wrapper)]
"""the wrappers of gymnasium.wrappers"""
FORM = (
    "a list, innermost first, of NAME or {name: NAME, SETTING: VALUE}, "
    "such as [GrayscaleObservation,{name: FrameStackObservation, stack_size: 4}]"
)


class Wrapping(NamedTuple):
    """A wrapper with its settings."""

    cls: type[gym.Wrapper]
    settings: dict[str, Any]

    def around(self, env: gym.Env) -> gym.Env:
        """The wrapped environment. Raises `SettingError` if the wrapper does not fit it."""
        try:
            return self.cls(env, **self.settings)
        except Exception as error:
            raise SettingError.failed("env.wrappers", self.cls.__name__, "applied", error) from error


def wrappings(value: Any) -> list[Wrapping]:
    """The wrappers that the setting `wrappers` names. Raises `SettingError` if it has another form or wrong names."""
    if not isinstance(value, list | tuple | None):
        raise SettingError("wrappers", value, f"must be {FORM}, or null")
    return [wrapping(one) for one in value or ()]


def wrapping(value: Any) -> Wrapping:
    """The wrapper that a name, or a dictionary with a name and settings, describes."""
    described = {"name": value} if isinstance(value, str) else value
    if not (isinstance(described, Mapping) and isinstance(name := described.get("name"), str)):
        raise SettingError("wrappers", value, f"must be {FORM}")
    cls = object_at("wrappers", name, name) if ":" in name else vars(wrappers).get(name) if name in NAMES else None
    if cls is None:
        raise SettingError.choice("wrappers", name, [*NAMES, "your own MODULE:CLASS"])
    if not (isinstance(cls, type) and issubclass(cls, gym.Wrapper)):
        raise SettingError("wrappers", name, "must be a subclass of gymnasium.Wrapper")
    known = list(inspect.signature(cls).parameters.values())[1:]
    settings = {key: tuple(one) if isinstance(one, list) else one for key, one in described.items() if key != "name"}
    for key in settings:
        if key not in [one.name for one in known] and not any(one.kind is one.VAR_KEYWORD for one in known):
            raise SettingError.unknown(f"wrappers.{key}", settings[key], name, [one.name for one in known])
    return Wrapping(cls, settings)
