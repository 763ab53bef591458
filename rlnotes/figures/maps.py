"""Finite MDPs as maps: values, policies and visits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rlnotes.analysis.labels import common
from rlnotes.base.record import Record

if TYPE_CHECKING:
    from rlnotes.analysis.comparison_row import Row

NAMED = 500
"""cells of a map up to which every one shows its action"""
LEARNERS = 3
"""learners whose maps a figure shows at most"""


def learned(figure: Figure, rows: "list[Row]", colours: Sequence[str]) -> None:
    """What learners of one environment have learnt, beside what is optimal, and below it where they have been."""
    rows = [row for row in rows if row.luck == rows[0].luck][:LEARNERS]
    first = rows[0].result.data
    height, width = first["grid"].shape
    figure.set_size_inches(3.4 * (len(rows) + 1), 1.4 + 2 * min(2.6 * height / width, 3.4))
    figure.suptitle(common([row.pooled for row in rows]), fontsize="medium", wrap=True)
    places = figure.subplots(2, len(rows) + 1, squeeze=False)
    for (above, below), row in zip(places.T, rows, strict=False):
        data = row.result.data
        visits = data["visits"].sum(axis=0)
        value = np.where(visits > 0, data["learned_value"], np.nan)
        votes = data["greedy_for"].sum(axis=0).reshape(len(value), -1)
        picture(above, data, value, votes.argmax(axis=1), colours)
        above.set_title(row.label, fontsize="medium")
        share = np.where((data["grid"] >= 0) & (visits > 0)[data["grid"]], visits[data["grid"]] / visits.sum(), np.nan)
        image = below.imshow(100 * share, cmap="magma", norm=PowerNorm(0.5))
        figure.colorbar(image, cax=below.inset_axes((1.03, 0.05, 0.025, 0.9)), ticks=MaxNLocator(3))
        below.set(xticks=[], yticks=[], facecolor="0.92")
        below.set_title("% of all steps", fontsize="small")
    picture(places[0, -1], first, first["optimal_value"], first["optimal_policy"], colours)
    places[0, -1].set_title("optimal", fontsize="medium")
    places[1, -1].set_axis_off()


def picture(axes: Axes, data: Record, value: np.ndarray, policy: np.ndarray, colours: Sequence[str]) -> None:
    """A value [states] on the map, NaN where none is known, and the action of each cell; curves of one long line."""
    grid, actions = data["grid"], data["actions"]
    if len(grid) == 1 and grid.size > 32:
        going_on = np.where(data["final"], np.nan, 1)[grid[0]]
        named = actions.astype(float) if np.char.isdigit(actions).all() else np.arange(len(actions))
        second = axes.twinx()
        axes.plot(value[grid[0]] * going_on, color=colours[0])
        second.plot(named[policy[grid[0]]] * going_on, ".", color=colours[1], markersize=4)
        axes.set_xlabel("state")
        axes.set_ylabel("value", color=colours[0])
        second.set_ylabel("action", color=colours[1])
        axes.spines["top"].set_visible(False)
        second.spines["top"].set_visible(False)
        return
    drawn = (grid >= 0) & ~data["final"][grid] & np.isfinite(value[grid])
    cells = np.where(drawn, value[grid], np.nan)
    axes.set_facecolor("0.92")
    image = axes.imshow(cells, cmap="viridis")
    axes.imshow(np.where(grid < 0, 1.0, np.nan), cmap="gray", vmin=0, vmax=2)
    assert axes.figure
    axes.figure.colorbar(image, cax=axes.inset_axes((1.03, 0.05, 0.025, 0.9)), ticks=MaxNLocator(4))
    axes.set(xticks=[], yticks=[])
    if grid.size <= NAMED:
        middle = (np.nanmin(cells) + np.nanmax(cells)) / 2
        longest = max(map(len, actions))
        size = min(10, 200 / (max(grid.shape) * max(longest, 4 / 3)))
        for (y, x), state in np.ndenumerate(grid):
            if state >= 0:
                symbol = str(data["text"][y])[x].replace(".", "")
                colour = "w" if drawn[y, x] and cells[y, x] < middle else "k"
                if drawn[y, x]:
                    axes.text(x, y, actions[policy[state]], ha="center", va="center", color=colour, fontsize=size)
                    axes.text(x - 0.4, y - 0.2, symbol, color=colour, fontsize=0.6 * size)
                else:
                    axes.text(x, y, symbol, ha="center", va="center", color=colour, fontsize=size)
