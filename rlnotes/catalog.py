"""Agents and environments by name."""

from dataclasses import MISSING, is_dataclass
from functools import cache
from typing import Any

import gymnasium

from rlnotes import agents, envs
from rlnotes.agents.base.agent import Agent
from rlnotes.base.class_table import load_class
from rlnotes.base.configured import Configured, setting_fields
from rlnotes.base.errors import SettingError, enumerated, install_hint, suggestion
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.registered import Registered
from rlnotes.own_code import object_at, place_of

CATALOGS = {"agent": agents.CATALOG, "env": envs.CATALOG}
BASES: dict[str, type] = {"agent": Agent, "env": Environment}
"""the base class of each group, which the classes of the user's have too"""


def name(thing: Configured) -> str:
    """The command-line name of an agent or environment; of a class outside the catalogue, the name of the class.

    If the catalogue has the same name, it is the place of the class.
    """
    if isinstance(thing, Registered):
        return thing.id
    cls = type(thing)
    if known := catalogued(cls):
        return known
    return place_of(cls) if any(cls.__name__ in catalog for catalog in CATALOGS.values()) else cls.__name__


def catalogued(cls: type) -> str | None:
    """The name that a class has in the catalogue."""
    return agents.CATALOG.name(cls) or envs.CATALOG.name(cls)


def identity(thing: Configured) -> dict[str, str]:
    """What config.yaml says about an agent or environment: its name, and the place of a class outside the catalogue."""
    known = isinstance(thing, Registered) or catalogued(type(thing))
    return {"name": name(thing)} | ({} if known else {"class": place_of(type(thing))})


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

    A name with a colon is itself a place: a class of the user's, "module:Class" or "path/to/file.py:Class".
    Raises `SettingError` if neither this project nor Gymnasium has the name.
    """
    catalog = CATALOGS[group]
    if is_place(name):
        return name
    if name in catalog:
        return catalog[name]
    if group == "env" and (spec := gymnasium.registry.get(name)):
        return str(spec.vector_entry_point) if spec.vector_entry_point in catalog.values() else None
    known = [*catalog, *(gymnasium.registry if group == "env" else [])]
    choices = "one of " + ", ".join(catalog) + (", an id of Gymnasium's" if group == "env" else "")
    choices += ", or your own MODULE:CLASS or FILE.py:CLASS"
    raise SettingError(group, name, f"unknown{suggestion(name, known)}; must be {choices}")


def find(group: str, name: str) -> type | None:
    """The class at `path`, or None.

    Raises `SettingError` also if a package that it needs is not installed, or if a class of the user's is none that the
    project can use.
    """
    if is_place(name):
        cls: type = require_contract(group, name, object_at(group, name, name))
        return cls
    found = path(group, name)
    try:
        return load_class(found) if found else None
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "rlnotes":
            raise
        raise SettingError(group, name, f"needs {package}: {install_hint('deep')}") from None


def is_place(name: str) -> bool:
    """Whether a name is the place of a class outside the catalogue."""
    return ":" in name


def require_contract(group: str, name: str, found: Any) -> Any:
    """The object that a place names; raises `SettingError` unless it is a class that can be an agent or environment."""
    base, cls = BASES[group], found
    wanted = f"a subclass of {base.__name__} ({base.__module__})"
    if not isinstance(found, type):
        raise SettingError(group, name, f"must be a class, {wanted}; it is of type {type(found).__name__}")
    if not issubclass(found, base):
        by_id = "; an environment of Gymnasium's is named by its id, after gymnasium.register"
        raise SettingError(group, name, f"must be {wanted}{by_id if issubclass(found, gymnasium.Env) else ''}")
    if "__dataclass_fields__" not in vars(cls):
        raise SettingError(group, name, f"must be a dataclass: write @dataclass above class {cls.__name__}")
    if cls.__abstractmethods__:
        missing = [f"{method}()" for method in sorted(cls.__abstractmethods__)]
        raise SettingError(group, name, f"must define {enumerated(missing, 'and')}")
    for field in setting_fields(cls):
        if field.init and field.default is MISSING and field.default_factory is MISSING:
            raise SettingError(group, name, f"must have a default for its setting {field.name}")
    return cls


def make(group: str, name: str, values: dict[str, Any] | None = None) -> Any:
    """An agent or environment by name, with these values of its settings."""
    cls, values = find(group, name), values or {}
    if cls is None:
        return Registered(name, values)
    return made_from(cls, values, name)


def made_from(cls: Any, values: dict[str, Any], owner: str) -> Any:
    """An instance of a dataclass; a setting that is itself a dataclass is made from its own values."""
    known = {field.name: field for field in setting_fields(cls)}
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
