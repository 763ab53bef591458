"""Agents and environments by name."""

from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any

import gymnasium

from rlnotes import agents, envs
from rlnotes.base.class_table import load_class
from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError, install_hint, suggestion
from rlnotes.envs.registered import Registered

CATALOGS = {"agent": agents.CATALOG, "env": envs.CATALOG}


def name(thing: Configured) -> str:
    """The command-line name of an agent or environment; outside the catalogue, the name of its class."""
    if isinstance(thing, Registered):
        return thing.id
    cls = type(thing)
    return agents.CATALOG.name(cls) or envs.CATALOG.name(cls) or cls.__name__


def describe(thing: Any) -> str:
    """The name of an agent or environment with the settings that differ from its defaults, such as ucb(delta=0.1)."""
    cls: Any = type(thing)
    id = thing.id if isinstance(thing, Registered) else None
    defaults = default_settings(cls, id) if is_dataclass(thing) else dict[str, Any]()
    changed = [f"{key}={value}" for key, value in thing.setting_values().items() if value != defaults.get(key)]
    return name(thing) + (f"({', '.join(changed)})" if changed else "")


@cache
def default_settings(cls: Any, id: str | None = None) -> dict[str, Any]:
    """The default settings of a class, or of Gymnasium's environment `id`."""
    made: Configured = cls() if id is None else cls(id)
    return made.setting_values()


def path(group: str, name: str) -> str | None:
    """The place of the agent or environment `name`, "module:Class"; None for an environment of Gymnasium's.

    Raises `SettingError` if neither this project nor Gymnasium has the name.
    """
    catalog = CATALOGS[group]
    if name in catalog:
        return catalog[name]
    if group == "env" and (spec := gymnasium.registry.get(name)):
        changed = spec.additional_wrappers or spec.kwargs or spec.max_episode_steps
        return str(spec.vector_entry_point) if spec.vector_entry_point in catalog.values() and not changed else None
    known = [*catalog, *(gymnasium.registry if group == "env" else [])]
    choices = "one of " + ", ".join(catalog) + (", or an id of Gymnasium's" if group == "env" else "")
    raise SettingError(group, name, f"unknown{suggestion(name, known)}; must be {choices}")


def find(group: str, name: str) -> type | None:
    """The class at `path`, or None; raises `SettingError` also if a package that it needs is not installed."""
    found = path(group, name)
    try:
        return load_class(found) if found else None
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "rlnotes":
            raise
        raise SettingError(group, name, f"needs {package}: {install_hint('deep')}") from None


def make(group: str, name: str, values: dict[str, Any] | None = None) -> Any:
    """An agent or environment by name, with these values of its settings."""
    cls, values = find(group, name), values or {}
    if cls is None:
        return Registered(name, values)
    return made_from(cls, values, name)


def made_from(cls: Any, values: dict[str, Any], owner: str) -> Any:
    """An instance of a dataclass; a setting that is itself a dataclass is made from its own values."""
    known = {field.name: field for field in fields(cls)}
    made = {}
    for setting, value in values.items():
        if setting not in known:
            raise SettingError.unknown(setting, value, owner, known)
        kind, factory = known[setting].type, known[setting].default_factory
        if is_dataclass(kind) and isinstance(value, dict):
            defaults = vars(factory()) if factory is not MISSING else {}
            try:
                made[setting] = made_from(kind, {**defaults, **value}, setting)
            except SettingError as error:
                raise error.within(setting) from None
        else:
            made[setting] = value
    return cls(**made)


def written(value: Any) -> str:
    """A value as the command line writes it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")
