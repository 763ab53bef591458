"""Names and settings that do not exist, found in the source of the catalogue without importing its classes."""

import re
from collections.abc import Iterator
from importlib.resources import files

import yaml

from rlnotes import catalog
from rlnotes.base.errors import SettingError
from rlnotes.cli.help import settings
from rlnotes.cli.words import SETTINGS

OTHER_WORDS = {
    **dict.fromkeys(("environment", "environments", "world", "problem", "task"), "env"),
    **dict.fromkeys(("algorithm", "algorithms", "algo", "policy", "method"), "agent"),
    **dict.fromkeys(("horizon", "timesteps", "total_timesteps", "n", "t"), "steps"),
    **dict.fromkeys(("replications", "repetitions", "trials", "n_envs", "num_envs"), "runs"),
    **dict.fromkeys(("output", "out", "dir", "folder"), "results"),
}
"""words of other programs for the settings of a run"""
NAME = re.compile(r"[\w.-]+")


def require_known(words: list[str]) -> None:
    """Raise `SettingError` for the first name or setting that does not exist.

    What only Hydra can read, such as patterns, places of own classes and commands with its options, is left to it.
    """
    if any(word.startswith("-") for word in words):
        return
    pairs = [(key, value) for key, equals, value in (word.partition("=") for word in words) if equals]
    names = defaults() | {key: value for key, value in pairs if key in catalog.CATALOGS}
    chosen = {group: value.split(",") for group, value in names.items()}
    for group, choices in chosen.items():
        for name in choices:
            if NAME.fullmatch(name) and name != "null":
                catalog.path(group, name)
    for key, value in pairs:
        group, dot, setting = key.partition(".")
        if not dot and re.fullmatch(r"\w+", key) and key not in SETTINGS:
            raise unknown(key, value, chosen)
        owners = {**chosen, **{name: [name] for name in chosen["agent"]}}
        if group in owners and re.fullmatch(r"\w+", setting):
            for name, known in settings_of_all(group if group in chosen else "agent", owners[group]):
                if setting not in known:
                    raise SettingError(key, value, SettingError.unknown(setting, value, name, known).requirement)


def defaults() -> dict[str, str]:
    """The agent and the environment of a command that names none."""
    content = yaml.safe_load((files("rlnotes.cli") / "config.yaml").read_text(encoding="utf-8"))
    given = [item for item in content["defaults"] if isinstance(item, dict)]
    return {key: value for item in given for key, value in item.items() if key in catalog.CATALOGS}


def settings_of_all(group: str, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The names of the settings of these agents or environments. Names that are not in the catalogue are left out."""
    for name in names:
        if place := catalog.CATALOGS[group].get(name):
            yield name, list(dict.fromkeys(setting.name.partition(".")[0] for setting in settings(place)))


def unknown(key: str, value: str, chosen: dict[str, list[str]]) -> SettingError:
    """The error of a setting that a run does not have; it may be one of the agent or the environment."""
    for group, names in chosen.items():
        if any(key in known for _, known in settings_of_all(group, names)):
            return SettingError(key, value, f"unknown: write {group}.{key}={value}")
    if meant := OTHER_WORDS.get(key.lower()):
        return SettingError(key, value, f"unknown: write {meant}={value}")
    return SettingError.unknown(key, value, "a run", SETTINGS)
