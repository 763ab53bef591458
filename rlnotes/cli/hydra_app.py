"""The command line as a Hydra application: a job is a cell, and after all jobs the cells are compared."""

import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from shutil import get_terminal_size, rmtree
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import hydra
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_automatic_config_search_path
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.utils import to_absolute_path
from omegaconf import DictConfig

from rlnotes import catalog
from rlnotes.base.errors import SettingError, plain_warnings
from rlnotes.cli.comparison_file import as_file
from rlnotes.cli.hydra_catalog import CatalogSearchPath, CatalogSource
from rlnotes.cli.hydra_errors import command_error, in_one_line
from rlnotes.cli.jobs import Job, jobs, make_cell, require_owners
from rlnotes.cli.launchers import hydra_words, in_this_process, launcher_variables, variables
from rlnotes.cli.processes import ended_by_signals
from rlnotes.cli.search import best, conclusions, cost, finalists, is_search
from rlnotes.cli.words import with_own_settings, with_quotes, with_swept_groups
from rlnotes.comparison import Comparison
from rlnotes.own_code import named_in_one_line
from rlnotes.settings import Plot
from rlnotes.simulation.given_to_agents import require_used
from rlnotes.simulation.recording import dataset_folder, lacks_dataset, require_recordable
from rlnotes.simulation.run import progress_bar, run
from rlnotes.simulation.store import Store


def plot_of(config: DictConfig) -> Plot:
    """The settings of the figures."""
    try:
        plot: Plot = catalog.made_from(Plot, dict(config.plot), "plot")
    except SettingError as error:
        raise error if error.setting.startswith("plot.") else error.within("plot") from None
    return plot


TYPED: list[str] = []
"""the words of the command, before they are changed for Hydra"""
HELD = ExitStack()
"""what the command holds until it ends"""


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def job(config: DictConfig) -> float:
    """Run one cell of a launcher or a search, unless the store has it; returns its cost, which a search makes small."""
    plain_warnings()
    chosen = HydraConfig.get()
    here = in_this_process(chosen)
    with errors_past_hydra() if here else errors_with_lines():  # without Hydra's own line about the job, if possible
        cell = make_cell(Job(config, chosen.runtime.choices))
        store = Store(to_absolute_path(config.results), config.checkpoint, config.tensorboard, config.record)
        return cost(run(cell, store, here, workers_of(config)))


def workers_of(config: DictConfig) -> int | None:
    """The workers of a cell: those of the command; by default one, if a launcher uses the cores."""
    alone = config.workers is None and not in_this_process(HydraConfig.get())
    return 1 if alone else config.workers


class Compare(Callback):
    """Makes all cells before the first one runs, to refuse mistakes at once, and compares them at the end."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        plain_warnings()
        with errors_past_hydra():
            if is_search(config):
                self.begin_search(config)
                return
            every = list(jobs(config))
            require_owners(every)
            # A setting of one agent is swept beside all agents, so the cells of the others come more than once.
            self.cells = list({cell.name: cell for cell in map(make_cell, every)}.values())
            if not self.cells:
                raise command_error("sweeps over nothing")
            self.plot = plot_of(config)
            require_used(self.cells, config.data, config.expert)
            self.store = Store(config.results, config.checkpoint, config.tensorboard, config.record)
            for cell in self.cells:
                require_recordable(cell, self.store)
            self.done = Event()
            # A name hashes the source now, since it may be edited while the cells run.
            self.names = {cell.name for cell in self.cells}
            stored = all(self.store.has(name) and not lacks_dataset(self.store, name) for name in self.names)
            if not stored:
                self.store.require_writable()
                HELD.enter_context(self.store.in_use())
            if stored or in_this_process(config.hydra):
                self.conclude(config, progress=True)
                raise Concluded
            self.watcher = Thread(target=self.watch, daemon=True)
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
            self.watcher.join()
            self.conclude(config, progress=False)

    def begin_search(self, config: DictConfig) -> None:
        """Refuse mistakes at once."""
        import optuna

        optuna.logging.set_verbosity(logging.WARNING)
        for one in finalists(config, {}):
            make_cell(one)
        self.plot, self.store = plot_of(config), Store(config.results, config.checkpoint)
        self.store.require_writable()
        HELD.enter_context(self.store.in_use())

    def end_search(self, config: DictConfig) -> None:
        """Compare the best settings with the default ones, in runs of another seed."""
        found = best(config)
        self.cells = [make_cell(one) for one in finalists(config, found)]
        self.cells = list({cell.name: cell for cell in self.cells}.values())
        comparison = self.conclude(config, progress=True)
        print(*conclusions(found, config.hydra.sweeper.n_trials, comparison), sep="\n")

    def conclude(self, config: DictConfig, progress: bool) -> Comparison:
        """Compare the cells, print the comparison and save it. Raises `SettingError` if it cannot be saved."""
        comparison = Comparison([run(cell, self.store, progress, config.workers) for cell in self.cells])
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
        for dataset in filter(None, (dataset_folder(self.store, cell.name) for cell in self.cells)):
            print(f"data set {dataset}")
        return comparison


class Concluded(BaseException):
    """Ends Hydra's part if this process runs the cells, or all are stored; Hydra would compose each job twice more."""


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


def compare_jobs(words: list[str]) -> None:
    """Do what Hydra's --multirun does with these words, without composing them once more to find that mode."""
    places = create_automatic_config_search_path(None, __name__, ".")
    try:
        Hydra.create_main_hydra2("rlnotes", places).multirun("config", job.__wrapped__, words)
    finally:
        GlobalHydra.instance().clear()


def main(words: list[str]) -> None:
    """Run the command with these words. Raises a mistake in them as a `SettingError`."""
    for plugin in (CatalogSource, CatalogSearchPath):
        Plugins.instance().register(plugin)
    sys.argv[1:] = TYPED[:] = words
    with HELD, TemporaryDirectory(prefix="rlnotes-") as scratch, variables(**launcher_variables(sys.argv)):
        with suppress(HydraException):  # Hydra will raise it again
            sys.argv[1:] = with_own_settings(with_swept_groups([with_quotes(word) for word in sys.argv[1:]]))
        with_options = any(word.startswith("-") for word in sys.argv[1:])
        first = next((i for i, word in enumerate(sys.argv) if i and "=" in word and word[0] != "-"), 1)
        sys.argv[first:first] = hydra_words(sys.argv, scratch)  # beside other words, since argparse wants them together
        with ended_by_signals(lambda: rmtree(scratch, ignore_errors=True)):
            try:
                job() if with_options else compare_jobs(sys.argv[1:])
            except Concluded:
                pass
            except PastHydra as carrier:
                raise in_one_line(carrier.error) from carrier.error
            except Exception as error:
                raise in_one_line(error) from error
