"""The command line on Hydra: a job is a cell; when all are done they are compared."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, make_dataclass
from datetime import datetime
from inspect import formatannotation
from typing import Any

import gymnasium
import hydra
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.experimental.callback import Callback
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.utils import to_absolute_path
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from rlnotes import catalog
from rlnotes.comparison import Comparison, run
from rlnotes.conf.settings import Settings
from rlnotes.envs.errors import SettingError
from rlnotes.envs.registered import Registered
from rlnotes.experiment import Cell
from rlnotes.results import Store


class CatalogSource(ConfigSource):
    """The catalogue as a source of Hydra's: `agent/NAME` and `env/NAME`, made from the class when it is named."""

    @staticmethod
    def scheme() -> str:
        return "catalog"

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        return config_path in ("", *catalog.CATALOGS)

    def is_config(self, config_path: str) -> bool:
        group, _, name = config_path.partition("/")
        known = catalog.CATALOGS.get(group, ())
        return config_path == "settings" or name in known or (group == "env" and name in gymnasium.registry)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return sorted(catalog.CATALOGS.get(config_path, {}))

    def load_config(self, config_path: str) -> ConfigResult:
        group, _, name = config_path.partition("/")
        if config_path == "settings":
            node = OmegaConf.structured(Settings)
        elif cls := catalog.find(group, name):
            # Of the fields alone: OmegaConf would stumble over what else a class has.
            node = OmegaConf.structured(make_dataclass(name, [(f.name, f.type, f) for f in fields(cls)]))
        else:
            node = OmegaConf.create(Registered.defaults(name))
        return ConfigResult(provider="catalog", path=f"catalog://{config_path}", config=node, header={"package": None})


class CatalogSearchPath(SearchPathPlugin):
    """Lets Hydra look into the catalogue, from the start, so that it completes and globs names too."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("catalog", "catalog://")


def cell(config: DictConfig, choices: dict[str, Any]) -> Cell:
    """The cell that a job's configuration describes, with the names chosen for agent and env."""
    known = {field.name for field in fields(Settings)}
    for setting in set(config) - known - {"hydra"}:
        raise SettingError(setting, config[setting], catalog.unknown_setting(setting, known))
    made: dict[str, Any] = {}
    for group in catalog.CATALOGS:
        try:
            made[group] = catalog.make(group, choices[group], OmegaConf.to_container(config[group]))  # type: ignore[arg-type]
        except SettingError as error:
            raise error.within(group) from None
    return Cell(**made, steps=config.steps, runs=config.runs, seed=config.seed)


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def job(config: DictConfig) -> None:
    """Run one cell, or find it among those that are kept."""
    chosen = HydraConfig.get()
    in_this_process = chosen.launcher["_target_"].endswith(".BasicLauncher")
    run(cell(config, chosen.runtime.choices), Store(to_absolute_path(config.results)), progress=in_this_process)


class Compare(Callback):
    """Finds all cells before the first one runs, so that a mistake costs nothing, and compares them at the end."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        with heard():
            self.store = Store(config.results)
            self.cells = [cell(job, job.hydra.runtime.choices) for job in jobs(config)]
            if not self.cells:
                raise refused("sweeps over nothing")

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        with heard():
            comparison = Comparison([run(cell, self.store, progress=False) for cell in self.cells])
            print(comparison)
            folder = comparison.save(self.store, f"{datetime.now():%Y-%m-%d-%H%M%S}", log_x=config.plot.log_x)
            print(f"{', '.join(sorted(file.name for file in folder.iterdir()))} in {folder}")


def jobs(config: DictConfig) -> Iterator[DictConfig]:
    """The configuration of every job of the command."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    loader = GlobalHydra.instance().config_loader()
    overrides = OverridesParser.create(loader).parse_overrides(list(config.hydra.overrides.task))
    [batch] = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    for one in batch:
        yield loader.load_sweep_config(config, one)


class Heard(BaseException):
    """Carries an error out of a callback, since Hydra makes a warning of every `Exception` there."""


@contextmanager
def heard() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise Heard from error


def main() -> None:
    """Run the command. A mistake on the command line is raised as a `SettingError`."""
    for plugin in (CatalogSource, CatalogSearchPath):
        Plugins.instance().register(plugin)
    asked = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra is to raise its errors, not to print them
    try:
        job()
    except (Heard, Exception) as error:
        raise mistake(error) from error
    finally:
        os.environ["HYDRA_FULL_ERROR"] = asked or "0"


def mistake(error: BaseException) -> BaseException:
    """A `SettingError` that says in a line what Hydra says in many; any other error as it is."""
    cause = error.__cause__
    if isinstance(error, Heard) and cause:
        return mistake(cause)
    if isinstance(error, MissingConfigException):
        return unknown_choice(error)
    if isinstance(error, OverrideParseException):
        setting, _, value = error.override.partition("=")
        return SettingError(setting, value, "cannot be read: " + " ".join(error.message.partition("\nSee")[0].split()))
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        # Hydra's message ends its first or second line with the override.
        setting, _, value = str(error).split()[-1].lstrip("+").partition("=")
        if isinstance(cause, ConfigAttributeError | ConfigKeyError):
            return SettingError(setting, value, catalog.unknown_setting(cause.key, set(cause.parent_node) - {"hydra"}))
        wanted = getattr(cause.object_type, "__annotations__", {}).get(cause.key)
        what = f"must be {formatannotation(wanted)}".replace("None", "null") if wanted else str(cause)
        return SettingError(setting, value, what.partition("\n")[0])
    if isinstance(error, HydraException | OmegaConfBaseException) or raised_by_hydra(error):
        return refused(" ".join(str(error).split()))
    return error


def refused(reason: str) -> SettingError:
    """The error of the command as a whole."""
    setting, _, value = " ".join(sys.argv[1:]).partition("=")
    return SettingError(setting, value, reason)


def raised_by_hydra(error: BaseException) -> bool:
    """Whether Hydra itself raised the error, as it does where it cannot compose what the command asks for."""
    innermost = traceback.extract_tb(error.__traceback__)[-1].filename
    return innermost.startswith(os.path.dirname(hydra.__file__))


def unknown_choice(error: MissingConfigException) -> BaseException:
    """The line on a group's choice that does not exist, such as agent=ubc."""
    choice = error.missing_cfg_file or ""
    group, _, name = choice.partition("/")
    if group not in catalog.CATALOGS:
        group, _, name = choice.rpartition("/")
        extra = f", which needs pip install 'rlnotes[{name}]'" if name in ("joblib", "ray") else ""
        return SettingError(group, name, f"unknown{extra}; must be one of {', '.join(error.options or [])}")
    try:
        catalog.find(group, name)
    except SettingError as unknown:
        return unknown
    return error
