"""Running a cell, unless the store has its result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rlnotes import catalog
from rlnotes.base.errors import SettingError
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.result import Result
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.store import Store


def run(cell: Cell, store: Store | None = None, progress: bool = True) -> Result:
    """The result of a cell: the stored one, or a new one, which is then stored.

    Raises `SettingError` if a result cannot be stored because the source of a class cannot be read.
    """
    if store and cell.settings["source"] is None:
        reason = f"cannot store {catalog.name(cell.agent)} on {catalog.name(cell.env)}, whose source cannot be read"
        raise SettingError("results", store.folder, reason)
    stored = store.find(cell.name, cell.settings) if store else None
    work = cell.runs * (cell.episodes or cell.steps)
    with progress_bar(f"{cell}{' (stored)' if stored else ''}", work, visible=progress) as advance:
        if stored:
            advance(work)
            return stored
        files = (store.checkpoint(cell.name), store.log(cell.name)) if store else (None, None)
        result = simulate(cell, advance, *files)
    if store:
        store.save(cell.name, result)
    return result


@contextmanager
def progress_bar(text: str, total: int, visible: bool) -> Iterator[Callable[[int], None]]:
    """A bar on standard error with the finished share of the work and the remaining time."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not visible) as bar:
        task = bar.add_task(text, total=total)
        yield lambda steps: bar.advance(task, steps)
