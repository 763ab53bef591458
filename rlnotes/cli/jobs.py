"""The jobs of a command: the configuration and the cell of each."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from functools import cache
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, RangeSweep
from omegaconf import DictConfig, OmegaConf, open_dict

from rlnotes import catalog
from rlnotes.base.errors import SettingError
from rlnotes.cli.hydra_errors import command_error
from rlnotes.cli.words import ONLY
from rlnotes.comparison import MOST_CELLS
from rlnotes.data.minari_files import read
from rlnotes.settings import Plot, Settings
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.given_data import given
from rlnotes.simulation.given_expert import Expert, given_expert

OF_THE_COMMAND = (
    "results",
    "workers",
    "checkpoint",
    "tensorboard",
    "data",
    "expert",
    "record",
    *(f"plot.{field.name}" for field in fields(Plot)),
)
"""the settings that are the same in all jobs"""


class Job(NamedTuple):
    """The settings of a job, and the names of its agent and environment."""

    config: DictConfig
    choices: dict[str, str]


def jobs(config: DictConfig) -> Iterator[Job]:
    """The jobs of the command.

    Hydra takes a tenth of a second to compose a job. So it composes one job for each pair of an agent and an
    environment, and the others get their values in a copy. Without a sweep, `config` is the only job.
    """
    loader = GlobalHydra.instance().config_loader()
    parser = OverridesParser.create(loader)
    params = [f"{key}={value}" for key, value in config.hydra.sweeper.params.items()]
    overrides = parser.parse_overrides([*params, *config.hydra.overrides.task])
    require_one_value(overrides)
    if prod(map(number_of_values, overrides)) > MOST_CELLS:
        raise command_error(f"compares more than {MOST_CELLS:,} cells")
    if not params and not any(override.is_sweep_override() for override in overrides):
        yield without_hydra(deepcopy(config))
        return
    parsed = cache(parser.parse_override)

    @cache
    def composed(*pair: str) -> Job:
        return without_hydra(loader.load_sweep_config(config, [*pair]))

    [batch] = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    for words in batch:
        pair = [word for word in words if word.partition("=")[0] in catalog.CATALOGS]
        job = deepcopy(composed(*pair))
        ConfigLoaderImpl._apply_overrides_to_config([parsed(word) for word in words if word not in pair], job.config)
        yield job


def without_hydra(config: DictConfig) -> Job:
    """The job of a composed configuration, without Hydra's own settings."""
    choices = dict(config.hydra.runtime.choices)
    with open_dict(config):
        del config["hydra"]
    return Job(config, choices)


def require_one_value(overrides: list[Override]) -> None:
    """Raise `SettingError` if a setting `OF_THE_COMMAND` has several values."""
    for override in overrides:
        if override.is_sweep_override() and override.get_key_element() in OF_THE_COMMAND:
            setting, _, values = str(override.input_line).partition("=")
            raise SettingError(setting, values, "must have one value: it is not compared")


def number_of_values(override: Override) -> int:
    """The number of values of a sweep, counted up to one more than a command may have."""
    if not override.is_sweep_override():
        return 1
    value = override.value()
    values = value.range() if isinstance(value, RangeSweep) else override.sweep_string_iterator()
    return sum(1 for _ in islice(values, MOST_CELLS + 1))


def make_cell(job: Job) -> Cell:
    """The cell of a job."""
    config, choices = job
    known = {field.name for field in fields(Settings)}
    for setting in set(config) - known - {"hydra", ONLY}:
        raise SettingError.unknown(setting, config[setting], "a run", known)
    made: dict[str, Any] = {}
    for group in catalog.CATALOGS:
        values: Any = OmegaConf.to_container(config[group])
        own = own_settings(config).get(owner(choices[group]), {}) if group == "agent" else {}
        try:
            made[group] = catalog.make(group, choices[group], nested(values, own))
        except SettingError as error:
            raise error.within(owner(choices[group]) if error.setting.partition(".")[0] in own else group) from None
    return Cell(
        **made,
        steps=config.steps,
        episodes=config.episodes,
        runs=config.runs,
        seed=config.seed,
        precision=config.precision,
        evaluation_episodes=config.evaluation_episodes,
        evaluation_policy=config.evaluation_policy,
        data=given(None if config.data is None else read(config.data), made["agent"]),
        expert=given_expert(None if config.expert is None else Expert.read(config.expert), made["agent"]),
    )


def own_settings(config: DictConfig) -> dict[str, dict[str, Any]]:
    """The settings of one agent among several, by the agent."""
    found: Any = OmegaConf.to_container(config[ONLY]) if ONLY in config else {}
    return dict(found)


def require_owners(jobs: list[Job]) -> None:
    """Raise `SettingError` if a setting of one agent is of none that is compared."""
    owners = list(dict.fromkeys(owner(job.choices["agent"]) for job in jobs))
    for name, values in (item for job in jobs for item in own_settings(job.config).items()):
        if name not in owners:
            setting, value = next(iter(values.items()))
            requirement = f"{name} is not among the agents: {', '.join(owners)}"
            raise SettingError(f"{name}.{setting}", catalog.written(value), requirement)


def owner(choice: str) -> str:
    """The word before the settings of one agent: its name, or the class of a place."""
    return choice.rpartition(":")[2]


def nested(values: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Values of settings, replaced by others, also inside of settings that have settings of their own."""
    both = [key for key in others if isinstance(values.get(key), dict) and isinstance(others[key], dict)]
    return values | others | {key: nested(values[key], others[key]) for key in both}
