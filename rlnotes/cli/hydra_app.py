"""The command line as a Hydra application: a job is a cell, and after all jobs the cells are compared."""

import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields
from datetime import datetime
from itertools import islice
from math import prod
from shutil import get_terminal_size, rmtree
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, RangeSweep
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.utils import to_absolute_path
from omegaconf import DictConfig, OmegaConf

from rlnotes import catalog
from rlnotes.base.errors import SettingError, plain_warnings
from rlnotes.cli.comparison_file import as_file
from rlnotes.cli.hydra_catalog import CatalogSearchPath, CatalogSource
from rlnotes.cli.hydra_errors import command_error, in_one_line
from rlnotes.cli.launchers import hydra_words, in_this_process, launcher_variables, variables
from rlnotes.cli.processes import ended_by_signals
from rlnotes.cli.search import best, conclusions, cost, finalists, is_search
from rlnotes.cli.words import ONLY, with_own_settings, with_quotes, with_swept_groups
from rlnotes.comparison import MOST_CELLS, Comparison
from rlnotes.own_code import named_in_one_line
from rlnotes.settings import Plot, Settings
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.result import Result
from rlnotes.simulation.run import progress_bar, run
from rlnotes.simulation.store import Store


def make_cell(config: DictConfig, choices: dict[str, Any]) -> Cell:
    """The cell of a job's configuration; `choices` has the names of agent and env."""
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
    )


def own_settings(config: DictConfig) -> dict[str, dict[str, Any]]:
    """The settings of one agent among several, by the agent."""
    found: Any = OmegaConf.to_container(config[ONLY]) if ONLY in config else {}
    return dict(found)


def require_owners(jobs: list[DictConfig]) -> None:
    """Raise `SettingError` if a setting of one agent is of none that is compared."""
    owners = list(dict.fromkeys(owner(job.hydra.runtime.choices["agent"]) for job in jobs))
    for name, values in (item for job in jobs for item in own_settings(job).items()):
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


def plot_of(config: DictConfig) -> Plot:
    """The settings of the figures."""
    try:
        plot: Plot = catalog.made_from(Plot, dict(config.plot), "plot")
    except SettingError as error:
        raise error if error.setting.startswith("plot.") else error.within("plot") from None
    return plot


COMPUTED: dict[str, Result] = {}
"""the results of the jobs of this process, by the names of their cells"""
TYPED: list[str] = []
"""the words of the command, before they are changed for Hydra"""
HELD = ExitStack()
"""what the command holds until it ends"""


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def job(config: DictConfig) -> float:
    """Run one cell, unless the store has it; returns its cost, which a search makes small."""
    plain_warnings()
    chosen = HydraConfig.get()
    here = in_this_process(chosen)
    with errors_past_hydra() if here else errors_with_lines():  # without Hydra's own line about the job, if possible
        cell = make_cell(config, chosen.runtime.choices)
        store = Store(to_absolute_path(config.results), config.checkpoint, config.tensorboard)
        COMPUTED[cell.name] = run(cell, store, progress=here)
        return cost(COMPUTED[cell.name])


class Compare(Callback):
    """Makes all cells before the first one runs, to refuse mistakes at once, and compares them at the end."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        with errors_past_hydra():
            if is_search(config):
                self.begin_search(config)
                return
            every = [(make_cell(job, job.hydra.runtime.choices), job) for job in jobs(config)]
            require_owners([job for _, job in every])
            # A setting of one agent is swept beside all agents, so the cells of the others come more than once.
            self.cells = list({cell.name: cell for cell, _ in every}.values())
            if not self.cells:
                raise command_error("sweeps over nothing")
            self.plot = plot_of(config)
            self.store, self.done = Store(config.results, config.checkpoint), Event()
            # A name hashes the source now, since it may be edited while the cells run.
            self.names = {cell.name for cell in self.cells}
            if all(map(self.store.has, self.names)):
                self.conclude(config, progress=True)
                raise Concluded
            self.store.require_writable()
            HELD.enter_context(self.store.in_use())
            self.watcher = Thread(target=self.watch, daemon=True)
            if not in_this_process(config.hydra):
                self.watcher.start()

    def __getstate__(self) -> dict[str, Any]:
        """An empty state, since Hydra sends callbacks to other processes too, and this one does nothing there."""
        return {}

    def watch(self) -> None:
        """Show how many cells are finished while other processes compute them."""
        with progress_bar("cells", len(self.names), visible=True) as advance:
            shown, over = 0, False
            while not over:
                over = self.done.wait(0.2)
                finished = sum(map(self.store.has, self.names))
                advance(finished - shown)
                shown = finished

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        with errors_past_hydra():
            if is_search(config):
                self.end_search(config)
                return
            self.done.set()
            if self.watcher.is_alive():
                self.watcher.join()
            self.conclude(config, progress=False)

    def begin_search(self, config: DictConfig) -> None:
        """Refuse mistakes at once."""
        import optuna

        optuna.logging.set_verbosity(logging.WARNING)
        for one in finalists(config, {}):
            make_cell(one, one.hydra.runtime.choices)
        self.plot, self.store = plot_of(config), Store(config.results, config.checkpoint)
        self.store.require_writable()
        HELD.enter_context(self.store.in_use())

    def end_search(self, config: DictConfig) -> None:
        """Compare the best settings with the default ones, in runs of another seed."""
        found = best(config)
        self.cells = [make_cell(one, one.hydra.runtime.choices) for one in finalists(config, found)]
        self.cells = list({cell.name: cell for cell in self.cells}.values())
        comparison = self.conclude(config, progress=True)
        print(*conclusions(found, config.hydra.sweeper.n_trials, comparison), sep="\n")

    def conclude(self, config: DictConfig, progress: bool) -> Comparison:
        """Compare the cells, print the comparison and save it. Raises `SettingError` if it cannot be saved."""
        results = [COMPUTED.get(cell.name) or run(cell, self.store, progress) for cell in self.cells]
        comparison = Comparison(results)
        print(comparison.text(width=get_terminal_size((120, 24)).columns))
        try:
            name = f"{datetime.now():%Y-%m-%d-%H%M%S}-{comparison.name}"
            command = shlex.join(["python", "-m", "rlnotes.run", *TYPED])
            usual = {group: config.hydra.runtime.choices[group] for group in catalog.CATALOGS}
            usual |= {key: config[key] for key in ("runs", "seed", "episodes" if config.episodes else "steps")}
            folder = comparison.save(self.store, name, self.plot, command, as_file(TYPED, usual))
        except OSError as error:
            requirement = f"cannot take the tables and figures of this comparison ({error.strerror})"
            raise SettingError("results", self.store.folder, requirement) from error
        print(f"{', '.join(sorted(file.name for file in folder.iterdir()))} in {folder}")
        return comparison


def jobs(config: DictConfig) -> Iterator[DictConfig]:
    """The configuration of every job of the command."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    loader = GlobalHydra.instance().config_loader()
    params = [f"{key}={value}" for key, value in config.hydra.sweeper.params.items()]
    overrides = OverridesParser.create(loader).parse_overrides([*params, *config.hydra.overrides.task])
    if prod(map(number_of_values, overrides)) > MOST_CELLS:
        raise command_error(f"compares more than {MOST_CELLS:,} cells")
    [batch] = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    for one in batch:
        job = loader.load_sweep_config(config, one)
        for setting in ("results", "checkpoint", "tensorboard", *(f"plot.{field.name}" for field in fields(Plot))):
            if (value := OmegaConf.select(job, setting)) != OmegaConf.select(config, setting):
                raise SettingError(setting, catalog.written(value), "must have one value: it is not compared")
        yield job


def number_of_values(override: Override) -> int:
    """The number of values of a sweep, counted up to one more than a command may have."""
    if not override.is_sweep_override():
        return 1
    value = override.value()
    values = value.range() if isinstance(value, RangeSweep) else override.sweep_string_iterator()
    return sum(1 for _ in islice(values, MOST_CELLS + 1))


class Concluded(BaseException):
    """Ends Hydra's part if the store already has every cell; otherwise Hydra would compose each of them twice more."""


class PastHydra(BaseException):
    """Carries an error out of a callback, since Hydra turns every `Exception` there into a warning."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@contextmanager
def errors_past_hydra() -> Iterator[None]:
    """Raise any error inside as `PastHydra`."""
    try:
        yield
    except Exception as error:
        raise PastHydra(error) from error


@contextmanager
def errors_with_lines() -> Iterator[None]:
    """Name the line of an error in the user's code now, since another process gets the error without its traceback."""
    try:
        yield
    except Exception as error:
        if (named := named_in_one_line(error)) is error:
            raise
        raise named from error


def main(words: list[str]) -> None:
    """Run the command with these words. Raises a mistake in them as a `SettingError`."""
    for plugin in (CatalogSource, CatalogSearchPath):
        Plugins.instance().register(plugin)
    sys.argv[1:] = TYPED[:] = words
    with HELD, TemporaryDirectory(prefix="rlnotes-") as scratch, variables(**launcher_variables(sys.argv)):
        with suppress(HydraException):  # Hydra will raise it again
            sys.argv[1:] = with_own_settings(with_swept_groups([with_quotes(word) for word in sys.argv[1:]]))
        if not any(word.startswith("-") for word in sys.argv[1:]):
            sys.argv.append("--multirun")  # without it, Hydra treats a command that it cannot compose as a single run
        first = next((i for i, word in enumerate(sys.argv) if i and "=" in word and word[0] != "-"), 1)
        sys.argv[first:first] = hydra_words(sys.argv, scratch)  # beside other words, since argparse wants them together
        with ended_by_signals(lambda: rmtree(scratch, ignore_errors=True)):
            try:
                job()
            except Concluded:
                pass
            except PastHydra as carrier:
                raise in_one_line(carrier.error) from carrier.error
            except Exception as error:
                raise in_one_line(error) from error
