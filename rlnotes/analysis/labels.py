"""Settings and estimates in words, for tables and figures."""

import math
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

from rlnotes import catalog
from rlnotes.base.errors import SettingError
from rlnotes.own_code import loaded_class
from rlnotes.simulation.estimate import Estimate

HIDDEN = ("name", "class", "table_sha256", "file_sha256")
"""entries of an agent or environment that no reader needs as a setting"""
EVALUATION = ("evaluation_episodes", "evaluation_policy")
"""the settings of the episodes after learning, which have a sentence and are no part of the line of shared settings"""
SCALE, USUAL = "agent.sigma", 1.0
"""the setting that every label has, unless it is the usual one, that of the notes"""


def flat(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a cell that a reader needs, by their command-line names.

    A setting of the agent that is null has the value that the agent took from the environment.
    """
    agent = settings["agent"] | (settings.get("inferred") or {})
    return {
        "agent": settings["agent"]["name"],
        "env": settings["env"]["name"],
        **{
            f"{group}.{key}": value
            for group, values in (("agent", agent), ("env", settings["env"]))
            for key, value in values.items()
            if key not in HIDDEN
        },
        **{key: settings[key] for key in ("steps", "episodes", *EVALUATION) if settings.get(key)},
        "runs": settings["runs"],
    }


def labels(all_settings: list[dict[str, Any]]) -> list[str]:
    """A label for each cell: the settings in which the cells differ, such as the agent or one of its fields.

    The scale σ of an agent is there too unless it is 1. If classes have the same name, labels show their places. If
    cells differ only in their code, labels number them.
    """
    flats = [flat(settings) for settings in all_settings]
    for group in ("agent", "env"):
        places = [(one[group], settings[group].get("class")) for one, settings in zip(flats, all_settings, strict=True)]
        for one, (name, place) in zip(flats, places, strict=True):
            if place and any(other != place for other_name, other in places if other_name == name):
                one[group] = place

    varying = differing(flats)
    keys = [key for key in dict.fromkeys(key for settings in flats for key in settings) if varying[key]] or ["agent"]

    if {"steps", "episodes"} & set(keys):  # which decide how many episodes follow
        keys = [key for key in keys if key != "evaluation_episodes"]
    whole_keys = ambiguous(keys)

    def label(settings: dict[str, Any], width: int | None = 30) -> str:
        given = {key for key in keys if settings.get(key) is not None or owner(settings, key) in varying[key]}
        shown = [key for key in keys if key in settings and key in given and (key, settings[key]) != (SCALE, None)]
        if SCALE not in shown and settings.get(SCALE) not in (None, USUAL):
            shown.append(SCALE)
        return ", ".join(named(key, settings[key], width, whole=key in whole_keys) for key in shown)

    short = [label(settings) for settings in flats]
    whole = short if len(set(short)) == len(short) else [label(settings, width=None) for settings in flats]
    return [f"{one} #{whole[: i + 1].count(one)}" if whole.count(one) > 1 else one for i, one in enumerate(whole)]


def owner(settings: dict[str, Any], key: str) -> Any:
    """The name of the agent or environment that has a field; None for a setting that is no field."""
    group, dot, _ = key.partition(".")
    return settings[group] if dot else None


def differing(flats: list[dict[str, Any]]) -> dict[str, set[Any]]:
    """For each setting the owners among whose cells it differs: a field is compared between agents of the same name."""
    first: dict[tuple[str, Any], Any] = {}
    found: dict[str, set[Any]] = {key: set() for settings in flats for key in settings}
    for settings in flats:
        for key, value in settings.items():
            of = owner(settings, key)
            if first.setdefault((key, of), value) != value:
                found[key].add(of)
    return found


def common(all_settings: list[dict[str, Any]]) -> str:
    """Shared settings in one line; for agents with a network, defaults are left out."""
    defaults = defaults_of(all_settings[0], "agent")
    left_out = defaults if any("." in key.partition(".")[2] for key in defaults) else {}
    return listed({key: value for key, value in shared(all_settings).items() if (key, value) not in left_out.items()})


def heading(all_settings: list[dict[str, Any]]) -> tuple[str, str]:
    """What a figure shows: the shared agent and environment; and the shared settings that are not the defaults."""
    same = shared(all_settings)
    named_ones = [str(same.pop(key)).replace("_", " ") for key in ("agent", "env") if key in same]
    defaults = [*defaults_of(all_settings[0], "agent").items(), *defaults_of(all_settings[0], "env").items()]
    return " on ".join(named_ones), listed({key: value for key, value in same.items() if (key, value) not in defaults})


def shared(all_settings: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings that all cells have in common, by their command-line names."""
    first, *others = map(flat, all_settings)
    return {
        key: value
        for key, value in first.items()
        if value is not None and all(key in other and other[key] == value for other in others)
        if (key, value) != (SCALE, USUAL) and key not in EVALUATION
    }


def listed(settings: dict[str, Any]) -> str:
    """Settings in one line."""
    whole_keys = ambiguous(settings)
    return ", ".join(named(key, value, whole=key in whole_keys) for key, value in settings.items())


def ambiguous(keys: Iterable[str]) -> set[str]:
    """The keys that end in the same word, such as agent.gap and env.gap."""
    last = {key: key.rpartition(".")[2] for key in keys}
    number = Counter(last.values())
    return {key for key, word in last.items() if number[word] > 1}


def defaults_of(settings: dict[str, Any], group: str) -> dict[str, Any]:
    """The default settings of the agent or environment of a cell, by their command-line names; none if not known."""
    name, place = settings[group]["name"], settings[group].get("class")
    return {f"{group}.{key}": value for key, value in defaults_by_name(group, name, place).items()}


@cache
def defaults_by_name(group: str, name: str, place: str | None) -> dict[str, Any]:
    """The default settings of a class of the catalogue, of a loaded class of one's own, or of a Gymnasium id."""
    if cls := loaded_class(place) if place else catalog.find(group, name):
        return catalog.default_settings(cls)
    with suppress(SettingError):  # an id of a package that is no longer installed
        if group == "env" and not place:
            return catalog.make(group, name).setting_values()
    return {}


def named(key: str, value: Any, width: int | None = 30, whole: bool = False) -> str:
    """A setting in words: the name of an agent or environment, a number of steps or runs, or field=value, shortened.

    The `whole` key is written if its last word alone does not tell it apart.
    """
    if key in ("agent", "env"):
        return str(value)
    if key in ("steps", "episodes", "runs"):
        return f"{value:,} {key if value != 1 else key[:-1]}"
    if isinstance(value, float) and width:
        value = float(f"{value:.6g}")
    text = catalog.written(value)
    name = key if whole else key.rpartition(".")[2]
    return f"{name}={text if width is None or len(text) <= width else text[: width - 1] + '…'}"


def plus_minus(estimate: Estimate) -> str:
    """Mean ± half of the interval; the half has two significant digits."""
    half = estimate.high - estimate.mean
    if not half > 0:
        return short_number(estimate.mean) + (" ± 0" if half == 0 else "")
    digits = max(0, 1 - math.floor(math.log10(half)))
    return f"{estimate.mean:,.{digits}f} ± {half:,.{digits}f}"


def short_number(number: float) -> str:
    """A number with four significant digits, or whole with commas from 10,000 on."""
    text = f"{number:.4g}" if abs(number) < 1e4 else f"{number:,.0f}"
    return text.replace("inf", "∞")
