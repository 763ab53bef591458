"""Agents and environments by name."""

from copy import deepcopy
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any

import gymnasium

from rlnotes import agents, envs
from rlnotes.base.class_table import load
from rlnotes.base.errors import SettingError, suggestion
from rlnotes.envs.registered import Registered

CATALOGS = {"agent": agents.CATALOG, "env": envs.CATALOG}


def name(thing: Any) -> str:
    """The command-line name of an agent or environment; of a class outside the catalogue, the class's own."""
    if isinstance(thing, Registered):
        return thing.id
    cls = type(thing)
    return agents.CATALOG.name(cls) or envs.CATALOG.name(cls) or cls.__name__


def settings(thing: Any) -> dict[str, Any]:
    """The settings of an agent or environment and their values; a whole number that is meant as a real one is one.

    Those of a setting that is itself a dataclass have its name before theirs: `network.activation`.
    """
    if isinstance(thing, Registered) or not is_dataclass(type(thing)):
        return dict(thing.settings)
    found: dict[str, Any] = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if is_dataclass(value):
            found |= {f"{field.name}.{key}": inner for key, inner in settings(value).items()}
        elif field.type in (float, float | None) and value is not None:
            found[field.name] = float(value)
        else:
            found[field.name] = deepcopy(value)
    return found


def describe(thing: Any) -> str:
    """Name of an agent or environment with the settings that are not its defaults, such as ucb(delta=0.1)."""
    cls: Any = type(thing)
    id = thing.id if isinstance(thing, Registered) else None
    defaults: dict[str, Any] = default_settings(cls, id) if hasattr(cls, "__dataclass_fields__") else {}
    changed = [f"{key}={value}" for key, value in settings(thing).items() if value != defaults.get(key)]
    return name(thing) + (f"({', '.join(changed)})" if changed else "")


@cache
def default_settings(cls: Any, id: str | None) -> dict[str, Any]:
    """The settings of a class, or of an environment by its id, that nobody has changed."""
    return settings(cls() if id is None else cls(id))


def path(group: str, name: str) -> str | None:
    """Where the agent or env called `name` is, "module:Class"; None for another environment registered with Gymnasium.

    Raises `SettingError` where there is neither.
    """
    catalog = CATALOGS[group]
    if name in catalog:
        return catalog[name]
    if group == "env" and (spec := gymnasium.registry.get(name)):
        return str(spec.vector_entry_point) if spec.vector_entry_point in catalog.values() else None
    known = [*catalog, *(gymnasium.registry if group == "env" else [])]
    choices = "one of " + ", ".join(catalog) + (", or an id of Gymnasium's" if group == "env" else "")
    raise SettingError(group, name, f"unknown{suggestion(name, known)}; must be {choices}")


def find(group: str, name: str) -> type | None:
    """The class of `path`, or None, likewise; `SettingError` too where what it needs is not installed."""
    found = path(group, name)
    try:
        return load(found) if found else None
    except ModuleNotFoundError as error:
        what = f"needs {(error.name or '').partition('.')[0]}: pip install -c constraints.txt -e '.[deep]'"
        raise SettingError(group, name, what) from None


def make(group: str, name: str, values: dict[str, Any] | None = None) -> Any:
    """An agent or environment by name, with the values of its settings."""
    cls, values = find(group, name), values or {}
    if cls is None:
        return Registered(name, values)
    return described(cls, values, name)


def described(cls: Any, values: dict[str, Any], owner: str) -> Any:
    """An instance of a dataclass, with those of its settings that are dataclasses made from their own values."""
    known = {field.name: field for field in fields(cls)}
    for setting in values:
        if setting not in known:
            raise SettingError.unknown(setting, values[setting], owner, known)
    made = {}
    for setting, value in values.items():
        kind, usual = known[setting].type, known[setting].default_factory
        if is_dataclass(kind) and isinstance(value, dict):
            try:
                made[setting] = described(kind, {**(vars(usual()) if usual is not MISSING else {}), **value}, setting)
            except ValueError as error:  # a SettingError, or the NetworkError of rlnotes.nn, which imports no other
                if len(error.args) != 3:
                    raise
                inner, wrong, requirement = error.args
                raise SettingError(f"{setting}.{inner}", wrong, requirement) from None
        else:
            made[setting] = value
    return cls(**made)


def written(value: Any) -> str:
    """A value as the command line has it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")
