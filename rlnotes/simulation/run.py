"""Running a cell, unless the store has its result."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from math import inf
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from rlnotes import catalog
from rlnotes.base.configured import is_whole
from rlnotes.base.errors import SettingError
from rlnotes.simulation.cell import UNCOVERED, Cell
from rlnotes.simulation.growth import beginning
from rlnotes.simulation.recording import lacks_dataset, recording, require_recordable
from rlnotes.simulation.result import Result
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.store import Store
from rlnotes.simulation.workers import Advance, most_workers

LINE_EVERY = 10.0
"""seconds between two lines of progress where a bar cannot move"""


def run(cell: Cell, store: Store | None = None, progress: bool = True, workers: int | None = None) -> Result:
    """The result of a cell: the stored one, or a new one, which is then stored.

    A cell is not stored, with a warning, if its name cannot cover its code, if its code changes while it runs, or if
    the store cannot be written any more. If the store records, a stored cell without its data set is computed again.
    Raises `SettingError` if the store cannot be written at first, or the cell cannot be recorded.
    """
    if workers is not None and not (is_whole(workers) and workers >= 1):
        raise SettingError("workers", workers, "must be a whole number, 1 or more, or null")
    workers = most_workers() if workers is None else workers
    if store:
        require_recordable(cell, store)
    pair = f"{catalog.name(cell.agent)} on {catalog.name(cell.env)}"
    if store and UNCOVERED in cell.settings:
        warnings.warn(f"{pair} is computed every time: {cell.settings[UNCOVERED]}", stacklevel=2)
        store = None
    stored = store.find(cell.name, cell.settings) if store and not lacks_dataset(store, cell.name) else None
    text = f"{'stored: ' if stored else ''}{cell}"
    with progress_bar(text, cell.work, progress, cell.runs * cell.evaluation.get("evaluation_episodes", 0)) as advance:
        if stored:
            advance(cell.work)
            return stored
        if store:
            return computed_and_stored(cell, store, advance, pair, workers)
        return simulate(cell, advance, workers=workers)


def computed_and_stored(cell: Cell, store: Store, advance: Advance, pair: str, workers: int) -> Result:
    """The result of a cell that the store does not have, by this process or by another one that computes it now."""
    store.require_writable()
    with store.lock(cell.name):
        records = lacks_dataset(store, cell.name)
        with suppress(ValueError):  # another process may have stored it meanwhile
            stored = store.whole(cell.name, cell.settings)
            if not records:
                advance(cell.work)
                return stored
        if begun := None if records else beginning(cell, store):
            advance(cell.work * len(begun.outcome) // cell.runs)
            if cell.evaluation:
                advance(len(begun.outcome) * cell.evaluation["evaluation_episodes"], evaluated=True)
        with recording(cell, store) if records else nullcontext() as steps:
            result = simulate(cell, advance, store.checkpoint(cell.name), store.log(cell.name), begun, steps, workers)
        if cell.changed:
            warnings.warn(f"{pair} is not stored: its code or a variable changed while it ran", stacklevel=3)
            return result
        try:
            store.save(cell.name, result)
        except OSError as error:
            warnings.warn(f"{pair} is not stored in {store.folder} ({error.strerror})", stacklevel=3)
        return result


@contextmanager
def progress_bar(text: str, total: int, visible: bool, evaluation: int = 0) -> Iterator[Advance]:
    """A bar on standard error with the finished share of the work and the remaining time; a second one for evaluation.

    The second bar appears when the first episode of the evaluation ends. Where a bar cannot move, as in a
    file or a dumb terminal, a line says the share every `LINE_EVERY` seconds.
    """
    console = Console(stderr=True, force_jupyter=False)  # in a notebook a bar would need widgets, and show nothing
    bar_width = 20 if console.width >= 80 else 10
    room = max(10, console.width - bar_width - 18)  # for the text, beside the other columns
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=room)),
        BarColumn(bar_width),
        TextColumn("{task.percentage:3.0f} %", table_column=Column(no_wrap=True)),
        TimeRemainingColumn(elapsed_when_finished=True, table_column=Column(no_wrap=True)),
    )
    line_at = inf if console.is_interactive or not visible else monotonic() + LINE_EVERY
    with Progress(*columns, console=console, auto_refresh=console.is_interactive, disable=not visible) as bar:
        learning = bar.add_task(text, total=total)
        evaluating = bar.add_task("evaluation", total=evaluation, visible=False)

        def advance(done: int, /, evaluated: bool = False) -> None:
            nonlocal line_at
            own = evaluating if evaluated else learning
            bar.update(own, advance=done, visible=True)
            if line_at < inf and monotonic() >= line_at:
                task = next(task for task in bar.tasks if task.id == own)
                print(f"{task.description}: {task.percentage:.0f} %", file=sys.stderr, flush=True)
                line_at = monotonic() + LINE_EVERY

        yield advance
