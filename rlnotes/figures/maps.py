"""Finite MDPs as maps: values, policies and visits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rlnotes.analysis.comparison_row import Row
from rlnotes.base.record import Record
from rlnotes.figures.style import COLOURS, title

SYMBOLS = 500
"""cells of a map up to which every cell shows its action"""
LEARNERS = 3
"""agents in a figure, at most"""
LONG = 32
"""cells of a single row above which curves take the place of a map"""
CENTRED: dict[str, Any] = {"ha": "center", "va": "center", "in_layout": False}
"""a text in the middle of a cell, which the layout of the figure need not measure"""


def learned_maps(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw the learned value and policy of agents on one environment, their visits below, and the optimum beside."""
    rows = [row for row in rows if row.pairing == rows[0].pairing][:LEARNERS]
    first = rows[0].result.data
    height, width = first["grid"].shape
    figure.set_size_inches(3.4 * (len(rows) + 1), 1.4 + 2 * min(2.6 * height / width, 3.4))
    title(figure, rows)
    places = figure.subplots(2, len(rows) + 1, squeeze=False)
    for (above, below), row in zip(places.T, rows, strict=False):
        data = row.result.data
        visits = data["visits"].sum(axis=0)
        value = np.where(visits > 0, data["learned_value"], np.nan)
        votes = data["greedy_for"].sum(axis=0).reshape(len(value), -1)
        map_of(above, data, value, votes.argmax(axis=1))
        above.set_title(row.label, fontsize="medium")
        visit_map(below, data["grid"], visits)
    map_of(places[0, -1], first, first["optimal_value"], first["optimal_policy"])
    places[0, -1].set_title("optimal", fontsize="medium")
    places[1, -1].set_axis_off()


def visit_map(axes: Axes, grid: np.ndarray, visits: np.ndarray) -> None:
    """Draw the share of all steps in each state."""
    share = np.where((grid >= 0) & (visits > 0)[grid], visits[grid] / visits.sum(), np.nan)
    image = axes.imshow(100 * share, cmap="magma", norm=PowerNorm(0.5))
    colour_bar(axes, image, ticks=3)
    axes.set(xticks=[], yticks=[], facecolor="0.92")
    axes.set_title("% of all steps", fontsize="small")


def map_of(axes: Axes, data: Record, value: np.ndarray, policy: np.ndarray) -> None:
    """Draw a value [states], NaN where it is unknown, and a policy [states]; a long single row as curves."""
    grid = data["grid"]
    if len(grid) == 1 and grid.size > LONG:
        along_the_row(axes, data, value, policy)
        return
    drawn = (grid >= 0) & ~data["final"][grid] & np.isfinite(value[grid])
    cells = np.where(drawn, value[grid], np.nan)
    axes.set_facecolor("0.92")
    image = axes.imshow(cells, cmap="viridis")
    axes.imshow(np.where(grid < 0, 1.0, np.nan), cmap="gray", vmin=0, vmax=2)
    colour_bar(axes, image, ticks=4)
    axes.set(xticks=[], yticks=[])
    if grid.size <= SYMBOLS:
        symbols(axes, data, cells, policy, value)


def symbols(axes: Axes, data: Record, cells: np.ndarray, policy: np.ndarray, value: np.ndarray) -> None:
    """Write the action of the policy into every cell that is drawn, the map's own symbols, and infinite values."""
    actions, grid = data["actions"], data["grid"]
    middle = (np.nanmin(cells) + np.nanmax(cells)) / 2
    longest = max(map(len, actions))
    size = min(10, 200 / (max(grid.shape) * max(longest, 4 / 3)))
    for (y, x), state in np.ndenumerate(grid):
        if state < 0:
            continue
        symbol = str(data["text"][y])[x].replace(".", "")
        if np.isfinite(cells[y, x]):
            colour = "w" if cells[y, x] < middle else "k"
            axes.text(x, y, actions[policy[state]], color=colour, fontsize=size, **CENTRED)
            axes.text(x - 0.4, y - 0.2, symbol, color=colour, fontsize=0.6 * size, in_layout=False)
        else:
            infinite = {np.inf: "∞", -np.inf: "−∞"}.get(value[state], "")
            axes.text(x, y, symbol or infinite, color="k", fontsize=size, **CENTRED)


def along_the_row(axes: Axes, data: Record, value: np.ndarray, policy: np.ndarray) -> None:
    """Draw value and action against the state."""
    row, actions = data["grid"][0], data["actions"]
    shown = np.where(data["final"], np.nan, 1)[row]
    numbers = actions.astype(float) if np.char.isdigit(actions).all() else np.arange(len(actions))
    second = axes.twinx()
    axes.plot(value[row] * shown, color=COLOURS[0])
    second.plot(numbers[policy[row]] * shown, ".", color=COLOURS[1], markersize=4)
    axes.set_xlabel("state")
    axes.set_ylabel("value", color=COLOURS[0])
    second.set_ylabel("action", color=COLOURS[1])
    axes.spines["top"].set_visible(False)
    second.spines["top"].set_visible(False)


def colour_bar(axes: Axes, image: object, ticks: int) -> None:
    """Put a colour bar at the right of a map."""
    assert axes.figure
    place = axes.inset_axes((1.03, 0.05, 0.025, 0.9))
    axes.figure.colorbar(image, cax=place, ticks=MaxNLocator(ticks))  # type: ignore[arg-type]
