"""What to write instead of a thing of Gymnasium's that is no `Environment`."""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, WrapperSpec
from gymnasium.vector import VectorEnv

OF_GYMNASIUM = ("render_mode", "vectorization_mode", "num_envs")
"""parameters of Gymnasium's `make` and `make_vec` that are no settings here"""


def instead(thing: object) -> str | None:
    """What to write for what `gymnasium.make` or `make_vec` returned, or for what makes an environment; else None.

    An environment that exists already cannot be used: every run needs its own, and the name of a cell covers how it is
    made, but not how it was changed since.
    """
    if isinstance(thing, VectorEnv):
        return f"write {as_id(thing.spec) if thing.spec else 'the id'} and runs={thing.num_envs}"
    if isinstance(thing, gym.Env):
        return f"write {as_id(thing.spec)}" if thing.spec else registration(type(thing))
    return registration(thing) if callable(thing) else None


def registration(make: Callable[..., Any]) -> str:
    """How to give an id to a class or function that makes an environment."""
    name = getattr(make, "__name__", type(make).__name__)
    id = f"{name}-v0" if name.isidentifier() else "Mine-v0"
    return f'write gymnasium.register("{id}", entry_point={name if name.isidentifier() else "..."}), then "{id}"'


def as_id(spec: EnvSpec) -> str:
    """The id, or `Registered` with the id and the settings that differ from those of its registration."""
    registered = gym.registry.get(spec.id)
    known = {"max_episode_steps": registered.max_episode_steps, **registered.kwargs} if registered else {}
    given = {"max_episode_steps": spec.max_episode_steps, **spec.kwargs}
    settings = {key: value for key, value in given.items() if key not in OF_GYMNASIUM and value != known.get(key)}
    if outer := spec.additional_wrappers[len(registered.additional_wrappers) if registered else 0 :]:
        settings["wrappers"] = [{"name": place_of(one), **(one.kwargs or {})} for one in outer]
    return f'Registered("{spec.id}", {settings})' if settings else f'"{spec.id}"'


def place_of(wrapper: WrapperSpec) -> str:
    """The name of a wrapper in the setting `wrappers`."""
    return wrapper.name if wrapper.entry_point.startswith("gymnasium.wrappers.") else wrapper.entry_point
