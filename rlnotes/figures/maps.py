"""Finite MDPs as maps: values, policies and visits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from rlnotes.analysis.comparison_row import Row
from rlnotes.base.record import Record
from rlnotes.figures.style import COLOURS, frame, looks, title

OF_PLANS = frozenset({"grid", "reachable", "value"})
OF_LEARNERS = frozenset({"grid", "reachable", "greedy_for", "optimal_policy"})
"""arrays that a map of a plan, and one of what was learnt, needs"""
SYMBOLS = 500
"""cells of a map up to which every cell shows its action"""
LEARNERS = 4
"""agents in a figure, at most"""
LONG = 32
"""cells of a single row above which curves take the place of a map"""
ROW = 50
"""letters of all names of states up to which they stand beside each other"""
LIGHT, WALL = "0.92", "0.5"
"""colours of a cell that shows no value, and of a wall"""
CENTRED: dict[str, Any] = {"ha": "center", "va": "center", "in_layout": False}
"""a text in the middle of a cell, which the layout of the figure need not measure"""


def learned_maps(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw the learned value and policy of agents on one environment, their visits below, and the optimum beside."""
    paired = [row for row in rows if row.pairing == rows[0].pairing]
    rows = paired[:LEARNERS]
    first = rows[0].result.data
    height, width = first["grid"].shape
    panel = 1.6 if is_row(first["grid"]) else min(2.6 * height / width, 3.4)
    figure.set_size_inches(3.4 * (len(rows) + 1), 1.4 + 2 * panel)
    title(figure, rows)
    places = figure.subplots(2, len(rows) + 1, squeeze=False)
    visits = [row.result.data["visits"].sum(axis=0) for row in rows]
    values = [
        np.where(seen > 0, row.result.data["learned_value"], np.nan) for seen, row in zip(visits, rows, strict=True)
    ]
    scale = Normalize(*extremes([cells_of(first, value) for value in (*values, first["optimal_value"])]))
    shades = PowerNorm(0.5, 0, 100 * max(float(seen.max() / seen.sum()) for seen in visits))
    for (above, below), look, seen, value in zip(places.T, looks(rows), visits, values, strict=False):
        votes = look.row.result.data["greedy_for"].sum(axis=0).reshape(len(value), -1)
        map_of(above, first, value, votes.argmax(axis=1), scale)
        above.set_title(look.label, fontsize="medium")
        visit_map(below, first["grid"], seen, shades)
    map_of(places[0, -1], first, first["optimal_value"], first["optimal_policy"], scale)
    places[0, -1].set_title("optimal", fontsize="medium")
    key(places[1, -1], first)
    if len(paired) > len(rows):
        places[1, -1].text(0, 0, f"the first {len(rows)} of {len(paired)} agents", fontsize="small")


def is_row(grid: np.ndarray) -> bool:
    """Whether the map is a long single row, for which curves are drawn."""
    return len(grid) == 1 and grid.size > LONG


def cells_of(data: Record, value: np.ndarray) -> np.ndarray:
    """The value of every cell [height, width]; NaN where nothing is drawn: walls, ends, and states nobody can reach."""
    grid = data["grid"]
    drawn = (grid >= 0) & (~data["final"] & data["reachable"] & np.isfinite(value))[grid]
    return np.where(drawn, value[grid], np.nan)


def extremes(arrays: Sequence[np.ndarray]) -> tuple[float, float]:
    """The least and the largest number in the arrays. NaN is left out; without any number they are 0 and 1."""
    numbers = np.concatenate([array[~np.isnan(array)] for array in arrays])
    return (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 1.0)


def visit_map(axes: Axes, grid: np.ndarray, visits: np.ndarray, shades: PowerNorm) -> None:
    """Draw the share of all steps in each state; of a long single row as a curve."""
    share = np.where((grid >= 0) & (visits > 0)[grid], 100 * visits[grid] / visits.sum(), np.nan)
    axes.set_title("% of all steps", fontsize="small")
    if is_row(grid):
        axes.plot(share[0], color=COLOURS[2])
        axes.set(xlabel="state", ylim=(0, shades.vmax))
        frame(axes)
        return
    colour_bar(axes, axes.imshow(share, cmap="magma", norm=shades), "", ticks=3)
    axes.set(xticks=[], yticks=[], facecolor=LIGHT)


def key(axes: Axes, data: Record) -> None:
    """Say what the grey cells are."""
    handles = [Patch(facecolor=LIGHT, edgecolor="0.7", label="an end, or a state without visits")]
    if (data["grid"] < 0).any():
        handles.append(Patch(facecolor=WALL, label="a wall"))
    axes.set_axis_off()
    if not is_row(data["grid"]):
        axes.legend(handles=handles, frameon=False, loc="upper left", fontsize="small")


def map_of(axes: Axes, data: Record, value: np.ndarray, policy: np.ndarray, scale: Normalize | None = None) -> None:
    """Draw a value [states], NaN where it is unknown, and a policy [states]; a long single row as curves.

    `scale` maps values to colours; without it each map has a scale of its own.
    """
    grid = data["grid"]
    if is_row(grid):
        along_the_row(axes, data, value, policy, scale)
        return
    cells = cells_of(data, value)
    scale = scale or Normalize(*extremes([cells]))
    axes.set_facecolor(LIGHT)
    image = axes.imshow(cells, cmap="viridis", norm=scale)
    axes.imshow(np.where(grid < 0, 1.0, np.nan), cmap=ListedColormap([WALL]))
    colour_bar(axes, image, "value", ticks=4)
    axes.set(xticks=[], yticks=[])
    if len(grid) == 1 and "state_names" in data:
        names = [str(name) for name in data["state_names"][grid[0]]]
        axes.set_xticks(range(len(names)), names, rotation=0 if sum(map(len, names)) <= ROW else 90, fontsize="small")
    if grid.size <= SYMBOLS:
        symbols(axes, data, cells, policy, value, scale)


def symbols(
    axes: Axes, data: Record, cells: np.ndarray, policy: np.ndarray, value: np.ndarray, scale: Normalize
) -> None:
    """Write the action of the policy into every cell that is drawn, the map's own symbols, and infinite values."""
    actions, grid = data["actions"], data["grid"]
    longest = max(map(len, actions))
    size = min(10, 200 / (max(grid.shape) * max(longest, 4 / 3)))
    for (y, x), state in np.ndenumerate(grid):
        if state < 0:
            continue
        symbol = str(data["text"][y])[x].replace(".", "")
        if np.isfinite(cells[y, x]):
            colour = "w" if scale(cells[y, x]) < 0.5 else "k"
            axes.text(x, y, actions[policy[state]], color=colour, fontsize=size, **CENTRED)
            axes.text(x - 0.4, y - 0.2, symbol, color=colour, fontsize=0.6 * size, in_layout=False)
        else:
            infinite = {np.inf: "∞", -np.inf: "−∞"}.get(value[state], "")
            axes.text(x, y, symbol or infinite, color="k", fontsize=size, **CENTRED)


def along_the_row(axes: Axes, data: Record, value: np.ndarray, policy: np.ndarray, scale: Normalize | None) -> None:
    """Draw value and action against the state."""
    row, actions = data["grid"][0], data["actions"]
    shown = np.where(data["final"], np.nan, 1)[row]
    numbers = actions.astype(float) if np.char.isdigit(actions).all() else np.arange(len(actions))
    second = axes.twinx()
    axes.plot(value[row] * shown, color=COLOURS[0])
    if scale:
        axes.set_ylim(scale.inverse(-0.05), scale.inverse(1.05))
    second.plot(numbers[policy[row]] * shown, ".", color=COLOURS[1], markersize=4)
    second.set_ylim(numbers.min() - 0.05 * np.ptp(numbers), numbers.max() + 0.05 * np.ptp(numbers))
    axes.set_xlabel("state")
    axes.set_ylabel("value", color=COLOURS[0])
    second.set_ylabel("action", color=COLOURS[1])
    axes.spines["top"].set_visible(False)
    second.spines["top"].set_visible(False)


def colour_bar(axes: Axes, image: object, quantity: str, ticks: int) -> None:
    """Put a colour bar at the right of a map."""
    assert axes.figure
    place = axes.inset_axes((1.03, 0.05, 0.025, 0.9))
    axes.figure.colorbar(image, cax=place, ticks=MaxNLocator(ticks))  # type: ignore[arg-type]
    place.set_title(quantity, fontsize="small", loc="left")
