"""Hydra's launchers: where they write, and that no worker outlives the command or listens to other computers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from shutil import which
from typing import Any

from rlnotes.base.errors import SettingError
from rlnotes.base.parent_process import end_with

ADDED = ("hydra.sweep.dir=", "+hydra.launcher.init", "hydra.launcher.submitit_folder=", "hydra.sweeper.sampler.seed=0")
"""the beginnings of the words that `hydra_words` adds to the words of the user"""


def in_this_process(chosen: Any) -> bool:
    """Whether Hydra's launcher runs the cells one after another in this process."""
    return chosen.launcher["_target_"].endswith(".BasicLauncher")


def hydra_words(words: list[str], scratch: str) -> list[str]:
    """Words for Hydra: it writes to the folder `scratch`, and joblib's workers end with this process.

    Jobs of Slurm get their work, and leave their output, in the folder of results, which all computers must see. A
    search draws the same trials every time. Raises `SettingError` if there is no Slurm.
    """
    added = [f"hydra.sweep.dir='{scratch}'"]
    if "hydra/sweeper=optuna" in words and not any(word.startswith("hydra.sweeper.sampler.seed=") for word in words):
        added += ["hydra.sweeper.sampler.seed=0"]
    if "hydra/launcher=submitit_slurm" in words and not which("srun"):
        requirement = "needs Slurm, and there is no srun here; submitit_local runs the same jobs on this computer"
        raise SettingError("hydra/launcher", "submitit_slurm", requirement)
    if {"hydra/launcher=submitit_slurm", "hydra/launcher=submitit_local"} & set(words):
        results = next((word.removeprefix("results=") for word in words if word.startswith("results=")), "results")
        added += [f"hydra.launcher.submitit_folder='{os.path.abspath(results)}/.submitit/%j'"]
    if "hydra/launcher=joblib" in words:
        with suppress(ImportError):  # the extra is not installed; Hydra will say so
            start_resource_trackers()
        function = f"{end_with.__module__}.{end_with.__name__}"
        initializer = f"{{_target_: hydra.utils.get_method, path: {function}}}"
        added += [f"+hydra.launcher.initializer={initializer}", f"+hydra.launcher.initargs=[{os.getpid()}]"]
    return added


def start_resource_trackers() -> None:
    """Start the helper processes of joblib and multiprocessing now, before SIGINT is blocked: they unblock it."""
    from multiprocessing import resource_tracker

    from joblib.externals.loky.backend import resource_tracker as of_joblib

    resource_tracker.ensure_running()
    of_joblib.ensure_running()


def launcher_variables(words: list[str]) -> dict[str, str]:
    """Environment variables: Hydra raises its errors, and Ray prints no stack when a signal ends the command.

    Ray listens on this computer only, unless it joins others.
    """
    joins = any(word.startswith("hydra.launcher.ray.init.address=") for word in words)
    alone = {} if joins else {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    return {"HYDRA_FULL_ERROR": "1", "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1", **alone}


@contextmanager
def variables(**values: str) -> Iterator[None]:
    """Environment variables during a context."""
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
