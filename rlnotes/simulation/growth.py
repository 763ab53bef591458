"""Growing: a cell with more runs goes on from a stored one with fewer, since block b is the same in both."""

from contextlib import suppress

from rlnotes.simulation import cell_folder
from rlnotes.simulation.cell import BLOCK, Cell, stem_of
from rlnotes.simulation.result import Result
from rlnotes.simulation.store import Store


def beginning(cell: Cell, store: Store) -> Result | None:
    """The stored result with the most runs with which the cell begins; None without one."""
    found = []
    for folder in store.cells.glob(f"{stem_of(cell.settings)}-*"):
        with suppress(ValueError):  # it is damaged
            result = cell_folder.load(folder)
            found += [result] if begins(cell, result) else []
    return max(found, key=lambda result: len(result.outcome), default=None)


def begins(cell: Cell, result: Result) -> bool:
    """Whether a cell computed from its first run on has all runs of a result, in the same blocks.

    The result has the same settings but for the number of runs, and its blocks are full. It has no more runs than the
    cell, or both add runs until the mean is precise, and the cell has to be more precise.
    """
    settings, runs = result.settings, len(result.outcome)
    if {**settings, "runs": cell.runs, "precision": cell.precision} != cell.settings or runs % BLOCK:
        return False
    both_add = settings["runs"] == cell.runs and settings["precision"] is not None and cell.precision is not None
    return runs <= cell.runs or (both_add and cell.precision <= settings["precision"])
