"""Hydra's errors as one line for the user."""

import os
import re
import sys
import traceback
from contextlib import suppress

import hydra
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from rlnotes import catalog
from rlnotes.base.configured import in_words
from rlnotes.base.errors import SettingError, install_hint, suggestion
from rlnotes.cli.launchers import ADDED
from rlnotes.own_code import named_in_one_line

EXTRAS = {"joblib": "joblib", "ray": "ray", "optuna": "search", "submitit_slurm": "slurm", "submitit_local": "slurm"}
"""the extra that installs a launcher or sweeper of Hydra's"""


def in_one_line(error: Exception) -> Exception:
    """A `SettingError` with the content of Hydra's error in one line; an `OwnCodeError` if it is the user's code's.

    Any other error is unchanged.
    """
    cause = error.__cause__
    if isinstance(error, MissingConfigException):
        return unknown_choice(error)
    if isinstance(error, OverrideParseException):
        setting, equals, value = error.override.partition("=")
        if not equals:
            return SettingError("argument", setting, "must be KEY=VALUE, such as agent=ucb")
        reason = " ".join(error.message.partition("\nSee")[0].split())
        if reason.startswith("Error parsing"):
            reason = reason.rpartition("': ")[2]
        else:  # words of Hydra's parser
            reason = "must be a value, such as 0.1, [1,2] or a word, or several separated by commas without spaces"
        return SettingError(setting, as_typed(value), f"cannot be read: {reason}")
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        return wrong_value(cause)
    if isinstance(error, HydraException | OmegaConfBaseException) or raised_by_hydra(error):
        return command_error(" ".join(str(error).split()))
    return named_in_one_line(error)


def wrong_value(cause: OmegaConfBaseException) -> SettingError:
    """The error of a setting that does not exist, or whose value has another type."""
    setting = str(cause.full_key).partition("[")[0]
    typed = next((word.partition("=")[2] for word in sys.argv if word.lstrip("+").startswith(f"{setting}=")), "")
    value = as_typed(typed)
    inner = next((word for word in sys.argv if word.startswith(f"{setting}.") and "." not in setting), None)
    if inner and setting not in cause.parent_node:
        key, _, value = inner.partition("=")
        known = [*catalog.CATALOGS, "plot", *catalog.names("agent")]
        requirement = "before the point must be agent, env, plot, or the name of an agent that is compared"
        return SettingError(key, as_typed(value), f"unknown{suggestion(setting, known)}; {requirement}")
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        name = cause.object_type.__name__ if isinstance(cause.object_type, type) else "it"
        owner = {"Settings": "a run", "Plot": "plot", "dict": "the environment"}.get(name, name)
        for group in catalog.CATALOGS if owner == "a run" else ():
            if setting in (cause.parent_node[group] or ()):
                return SettingError(setting, value, f"unknown: write {group}.{setting}={value}")
        unknown = SettingError.unknown(str(cause.key), value, owner, set(cause.parent_node) - {"hydra"})
        return SettingError(setting, value, unknown.requirement)
    declared = vars(cause.object_type).get("__annotations__", {}) if isinstance(cause.object_type, type) else {}
    wanted = declared.get(cause.key)
    words = in_words(wanted) if wanted else "anything"
    what = of_an_element(str(cause)) if words == "anything" else f"must be {words}{put_right(setting, value, words)}"
    return SettingError(setting, value, what.partition("\n")[0])


def of_an_element(reason: str) -> str:
    """OmegaConf's reason why an element of a list has the wrong type, in the words of other settings."""
    kinds = {"Float": float, "Integer": int, "Bool": bool}
    found = re.match(r"Value '(.*?)' of type .* could not be converted to (\w+)", reason)
    return f"{found[1]} must be {in_words(kinds[found[2]])}" if found and found[2] in kinds else reason


def put_right(setting: str, value: str, wanted: str) -> str:
    """A hint with the value as it must be written: a whole number without an exponent, or a list in brackets."""
    if wanted.startswith("a list") and re.fullmatch(r"[^\[\]\s]+,[^\[\]\s]+", value):
        return f"; write {setting}=[{value}]"
    with suppress(ValueError, OverflowError):
        if wanted.startswith("a whole number") and float(value) == int(float(value)) and int(float(value)) > 0:
            return f"; write {setting}={int(float(value))}"
    return ""


def as_typed(value: str) -> str:
    """A value as the user typed it, before `with_swept_groups` changed it."""
    return value.removeprefix("choice(").removesuffix(")") if value.startswith("choice(") else value


def command_error(reason: str) -> SettingError:
    """The error of the command as a whole."""
    setting, _, value = " ".join(word for word in sys.argv[1:] if not word.startswith(("-", *ADDED))).partition("=")
    return SettingError(setting, value, reason)


def raised_by_hydra(error: Exception) -> bool:
    """Whether Hydra itself raised the error because it cannot compose the command."""
    frames = traceback.extract_tb(error.__traceback__)
    of_a_job = any(frame.name == "return_value" for frame in frames)  # where Hydra passes on the error of a job
    return not of_a_job and frames[-1].filename.startswith(os.path.dirname(hydra.__file__))


def unknown_choice(error: MissingConfigException) -> Exception:
    """The error of a choice that does not exist, such as agent=ubc."""
    choice = error.missing_cfg_file or ""
    group, _, name = choice.partition("/")
    if group not in catalog.CATALOGS:
        group, _, name = choice.rpartition("/")
        extra = f" without the extra {EXTRAS[name]}: {install_hint(EXTRAS[name])}" if name in EXTRAS else ""
        return SettingError(group, name, f"unknown{extra}; must be one of {', '.join(error.options or [])}")
    try:
        catalog.path(group, name)
    except SettingError as unknown:
        return unknown
    requirement = "is registered in this process alone; workers of a launcher need an id that Gymnasium has by itself"
    return SettingError(group, name, requirement)
