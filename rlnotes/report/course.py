"""The course of learning on maps: what run 0 knew after some of its steps or episodes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_hex

from rlnotes.analysis.comparison_row import Row
from rlnotes.base.record import Record
from rlnotes.figures.maps import LEARNERS, OF_LEARNERS, SYMBOLS, cells_of, extremes
from rlnotes.figures.style import looks, panels

OF_SNAPSHOTS = OF_LEARNERS | {"snapshot_at"}
"""arrays that the course of learning needs"""
PALETTE = [to_hex(colormaps["viridis"](share)) for share in np.linspace(0, 1, 64)]
"""colours of values, from the least to the largest"""


class Snapshots(TypedDict):
    """What run 0 of an agent knew, by snapshot and state."""

    values: list[list[float | None]]
    policy: list[list[int]]
    actions: list[str]
    """their short names"""


class Drawing(TypedDict):
    """What the page needs to draw a snapshot."""

    at: list[int]
    unit: str
    low: float
    high: float
    palette: list[str]
    maps: list[Snapshots]


class Cell(NamedTuple):
    """A cell of a map."""

    kind: str
    """state, wall, or blank where no value is shown"""
    state: int
    symbol: str
    """the map's own"""


class Course(NamedTuple):
    """The course of learning of the agents on an environment, with one scale of values."""

    title: str
    """the environment, if there are several"""
    headings: list[str]
    tables: list[list[list[Cell]]]
    """the cells of the map of each agent, line by line"""
    drawing: Drawing


def courses(rows: Sequence[Row]) -> Iterator[Course]:
    """The course of learning on each environment that has a map of at most `SYMBOLS` cells."""
    for env, group in panels(rows).items():
        found = [look for look in looks(group) if look.row.result.data.keys() >= OF_SNAPSHOTS][:LEARNERS]
        if not found or found[0].row.result.data["grid"].size > SYMBOLS:
            continue
        records = [look.row.result.data for look in found]
        at = min((data["snapshot_at"] for data in records), key=len)
        shown = [values_shown(data)[: len(at)] for data in records]
        drawn = [cells_of(data, value) for data, values in zip(records, shown, strict=True) for value in values]
        scale = Normalize(*extremes(drawn))
        drawing = Drawing(
            at=at.tolist(),
            unit="episodes" if found[0].row.result.settings["episodes"] else "steps",
            low=float(scale.vmin or 0),
            high=float(scale.vmax or 0),
            palette=PALETTE,
            maps=[snapshots(data, values) for data, values in zip(records, shown, strict=True)],
        )
        tables = [table(data, values) for data, values in zip(records, shown, strict=True)]
        yield Course(env, [look.label for look in found], tables, drawing)


def values_shown(data: Record) -> np.ndarray:
    """The values of the snapshots [snapshots, states]; NaN in states that no run ever visited."""
    shown: np.ndarray = np.where(data["visits"].sum(axis=0) > 0, data["snapshot_value"], np.nan)
    return shown


def snapshots(data: Record, values: np.ndarray) -> Snapshots:
    """The snapshots as numbers, values with four digits."""
    known = [[float(f"{value:.4g}") if np.isfinite(value) else None for value in row] for row in values]
    return Snapshots(values=known, policy=data["snapshot_policy"].tolist(), actions=data["actions"].tolist())


def table(data: Record, values: np.ndarray) -> list[list[Cell]]:
    """The cells of the map, line by line."""
    shown, grid = cells_of(data, values[-1]), data["grid"]
    return [
        [
            Cell(
                "wall" if state < 0 else "state" if np.isfinite(shown[y, x]) else "blank",
                int(state),
                symbol(data, y, x),
            )
            for x, state in enumerate(line)
        ]
        for y, line in enumerate(grid)
    ]


def symbol(data: Record, y: int, x: int) -> str:
    """The map's own symbol of a cell; empty for a free one and a wall."""
    return "" if data["grid"][y, x] < 0 else str(data["text"][y])[x].replace(".", "")
