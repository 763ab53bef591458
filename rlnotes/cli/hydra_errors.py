"""What a person should read of an error that Hydra raises: one line instead of many."""

import os
import sys
import traceback
from inspect import formatannotation

import hydra
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from rlnotes import catalog
from rlnotes.base.errors import SettingError


def mistake(error: Exception) -> Exception:
    """A `SettingError` that says in a line what Hydra says in many; any other error as it is."""
    cause = error.__cause__
    if isinstance(error, MissingConfigException):
        return unknown_choice(error)
    if isinstance(error, OverrideParseException):
        setting, _, value = error.override.partition("=")
        value = value.removeprefix("choice(").removesuffix(")")  # as `with_swept_groups` may have written it
        return SettingError(setting, value, "cannot be read: " + " ".join(error.message.partition("\nSee")[0].split()))
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        setting = cause.full_key.partition("[")[0]
        value = next((a.partition("=")[2] for a in sys.argv if a.lstrip("+").startswith(f"{setting}=")), "")
        value = value.removeprefix("choice(").removesuffix(")")  # as `with_swept_groups` may have written it
        name = getattr(cause.object_type, "__name__", "it")
        owner = {"Settings": "a run", "Plot": "plot", "dict": "the environment"}.get(name, name)
        if isinstance(cause, ConfigAttributeError | ConfigKeyError):
            error = SettingError.unknown(cause.key, value, owner, set(cause.parent_node) - {"hydra"})
            return SettingError(setting, value, error.requirement)
        wanted = getattr(cause.object_type, "__annotations__", {}).get(cause.key)
        what = f"must be {formatannotation(wanted)}".replace("None", "null") if wanted else str(cause)
        return SettingError(setting, value, what.partition("\n")[0])
    if isinstance(error, HydraException | OmegaConfBaseException) or raised_by_hydra(error):
        return refused(" ".join(str(error).split()))
    return error


def refused(reason: str) -> SettingError:
    """The error of the command as a whole."""
    setting, _, value = " ".join(word for word in sys.argv[1:] if not word.startswith("-")).partition("=")
    return SettingError(setting, value, reason)


def raised_by_hydra(error: Exception) -> bool:
    """Whether Hydra itself raised the error, as it does where it cannot compose what the command asks for."""
    frames = traceback.extract_tb(error.__traceback__)
    of_a_job = any(frame.name == "return_value" for frame in frames)  # where Hydra passes a job's error on
    return not of_a_job and frames[-1].filename.startswith(os.path.dirname(hydra.__file__))


def unknown_choice(error: MissingConfigException) -> Exception:
    """The line on a group's choice that does not exist, such as agent=ubc."""
    choice = error.missing_cfg_file or ""
    group, _, name = choice.partition("/")
    if group not in catalog.CATALOGS:
        group, _, name = choice.rpartition("/")
        extra = f" without the extra {name}: pip install -e '.[{name}]'" if name in ("joblib", "ray") else ""
        return SettingError(group, name, f"unknown{extra}; must be one of {', '.join(error.options or [])}")
    try:
        catalog.path(group, name)
    except SettingError as unknown:
        return unknown
    return error
