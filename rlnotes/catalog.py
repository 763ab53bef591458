"""Agents and environments by name."""

import re
import sys
import warnings
from dataclasses import MISSING, is_dataclass
from functools import cache
from glob import glob
from pathlib import Path
from typing import Any

import gymnasium

from rlnotes import agents, envs
from rlnotes.base.class_table import Catalog, load_class
from rlnotes.base.configured import Configured, setting_fields
from rlnotes.base.errors import SettingError, enumerated, install_hint, suggestion
from rlnotes.envs.registered import Registered
from rlnotes.own_code import module_at, object_at, place_of

CATALOGS = {"agent": agents.CATALOG, "env": envs.CATALOG}


def name(thing: Configured) -> str:
    """The command-line name of an agent or environment; if it has none, the name of its class.

    If another class has this name on the command line, it is the place of the class.
    """
    if isinstance(thing, Registered):
        return thing.id
    cls = type(thing)
    if known := catalogued(cls) or offered()["agent"].name(cls) or offered()["env"].name(cls):
        return known
    return place_of(cls) if any(cls.__name__ in names(group) for group in CATALOGS) else cls.__name__


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


@cache
def offered() -> dict[str, Catalog]:
    """The places of agents and environments that installed packages offer, by name. No package is imported for that.

    A package offers them as entry points of the groups `rlnotes.agents` and `rlnotes.envs`. Warns of a name that the
    catalogue or another package has already, and leaves it out.
    """
    found = {group: Catalog() for group in CATALOGS}
    if not any(map(names_this_project, sys.path)):  # importing importlib.metadata takes longer than looking into files
        return found
    from importlib.metadata import entry_points

    for group in CATALOGS:
        packages = dict.fromkeys(CATALOGS[group], "the catalogue")
        for point in entry_points(group=f"rlnotes.{group}s"):
            package, place = f"the package {point.dist.name if point.dist else ''}", f"{point.module}:{point.attr}"
            if point.name in packages:
                refusal = f"offers {group}={point.name}, a name that {packages[point.name]} has already; it is left out"
                warnings.warn(f"{package} {refusal}, but {group}={place} works", stacklevel=2)
            else:
                found[group][point.name], packages[point.name] = place, package
    return found


def names_this_project(folder: str) -> bool:
    """Whether an installed package in a folder has entry points for this project."""
    files = (Path(folder, file) for file in glob("*-info/entry_points.txt", root_dir=folder or "."))
    return any("[rlnotes." in file.read_text(encoding="utf-8", errors="replace") for file in files)


def names(group: str) -> list[str]:
    """The names of all agents or environments of this project and of installed packages."""
    return [*CATALOGS[group], *offered()[group]]


def own_place(group: str, name: str) -> str | None:
    """The place of a class outside this project: the name itself if it has a colon, or what a package offers."""
    return name if ":" in name else offered()[group].get(name)


def path(group: str, name: str) -> str | None:
    """The place of the agent or environment `name`, "module:Class"; None for an environment of Gymnasium's.

    A name with a colon is itself a place: a class of the user's, "module:Class" or "path/to/file.py:Class".
    Raises `SettingError` if neither this project nor an installed package nor Gymnasium has the name.
    """
    catalog = CATALOGS[group]
    if own := own_place(group, name):
        return own
    if name in catalog:
        return catalog[name]
    if group == "env" and (spec := gymnasium.registry.get(name)):
        changed = spec.additional_wrappers or spec.kwargs or spec.max_episode_steps
        return str(spec.vector_entry_point) if spec.vector_entry_point in catalog.values() and not changed else None
    if name.endswith(".py") or Path(f"{name.partition('.')[0]}.py").is_file():
        raise SettingError(group, name, f"names a file and no class in it; write {group}=MODULE:CLASS or FILE.py:CLASS")
    known = [*names(group), *(gymnasium.registry if group == "env" else [])]
    other = agents.OTHER_NAMES.get(name.lower()) if group == "agent" else None
    close = f" (did you mean {other}?)" if other else suggestion(name, known)
    choices = "one of those in --help" if close else "one of " + ", ".join(names(group))
    choices += (", an id of Gymnasium's" if group == "env" else "") + ", or your own MODULE:CLASS or FILE.py:CLASS"
    raise SettingError(group, name, f"unknown{close}; must be {choices}")


def find(group: str, name: str) -> type | None:
    """The class at `path`, or None.

    Raises `SettingError` also if a package that it needs is not installed, or if it cannot use a class from outside.
    """
    if own := own_place(group, name):
        module_at(group, name, own)  # it may register an environment with Gymnasium
        ids = gymnasium.registry if group == "env" else {}
        if (id := id_of(own)) in ids:
            return find(group, id)
        if group == "env" and looks_like_id(id):
            raise not_registered(name)
        cls: type = require_contract(group, name, object_at(group, name, own, others=ids))
        return cls
    found = path(group, name)
    try:
        return load_class(found) if found else None
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "rlnotes":
            raise
        raise SettingError(group, name, f"needs {package}: {install_hint('deep')}") from None


def id_of(name: str) -> str:
    """The id of an environment of Gymnasium's without the module that registers it."""
    return name.rpartition(":")[2]


def looks_like_id(name: str) -> bool:
    """Whether a name has the form of an id of Gymnasium's and not that of a class: a namespace or a version."""
    return "/" in name or bool(re.fullmatch(r".+-v\d+", name))


def not_registered(name: str) -> SettingError:
    """The error for an id that its module does not register."""
    where, id = name.rpartition(":")[0], id_of(name)
    what = f"{where} registers no {id} with Gymnasium{suggestion(id, gymnasium.registry)}"
    how = f"write a file that calls it, and env=FILE.py:{id}"
    return SettingError("env", name, f"{what}; if a function of the package registers its ids, {how}")


def require_contract(group: str, name: str, found: Any) -> Any:
    """The object that a place names; raises `SettingError` unless it is a class that can be an agent or environment."""
    from rlnotes.agents.base.agent import Agent
    from rlnotes.envs.base.environment import Environment

    base, cls = {"agent": Agent, "env": Environment}[group], found
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
