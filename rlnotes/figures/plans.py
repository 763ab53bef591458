"""The figure of plans: how they converged, and the value on the map with the policy."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rlnotes.analysis.labels import common
from rlnotes.base.record import array
from rlnotes.figures.maps import picture

if TYPE_CHECKING:
    from rlnotes.analysis.comparison_row import Row

MAPS = 4
"""environments whose maps a figure shows at most"""
FLOOR = 1e-16
"""where nothing is drawn on the logarithmic axis"""
DRAWN: tuple[tuple[str, str, Any], ...] = (("residual", "of T V − V", "-"), ("error", "of V − V*", "--"))
"""what is drawn of each plan, its name and line"""


def plans(figure: Figure, rows: "list[Row]", colours: Sequence[str]) -> None:
    """Residual and error against sweeps and against seconds, a curve a row; below them the map of each environment."""
    mapped: dict[str, Row] = {}
    for row in rows:
        if "grid" in row.result.data:
            mapped.setdefault(row.luck, row)
    shown = list(mapped.values())[:MAPS]
    figure.set_size_inches(8.0, 7.0 if shown else 3.5)
    figure.suptitle(common([row.pooled for row in rows]), fontsize="medium", wrap=True)
    places = figure.add_gridspec(2 if shown else 1, 2 * max(len(shown), 1))
    left = figure.add_subplot(places[0, : places.ncols // 2])
    right = figure.add_subplot(places[0, places.ncols // 2 :], sharey=left)
    converge(left, rows, colours, [row.result.data["at_sweep"] for row in rows])
    converge(right, rows, colours, [np.array(row.result.clock) for row in rows])
    left.set(xlabel="sweeps", ylabel="half the span over all states")
    left.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    right.set_xlabel("seconds")
    right.xaxis.set_major_locator(MaxNLocator(5))
    right.tick_params(labelleft=False)
    handles = [
        Line2D([], [], color=colour, label=row.label)
        for row, colour in zip(rows, itertools.cycle(colours), strict=False)
    ]
    handles += [Line2D([], [], color="k", linestyle=style, label=symbol) for _, symbol, style in DRAWN]
    columns = max(1, min(len(handles), 4, 110 // (6 + max(len(str(handle.get_label())) for handle in handles))))
    figure.legend(handles=handles, frameon=False, fontsize="small", loc="outside lower center", ncols=columns)
    for i, row in enumerate(shown):
        axes = figure.add_subplot(places[1, 2 * i : 2 * i + 2])
        agent, env = (row.result.settings[key]["name"] for key in ("agent", "env"))
        by = f"{env}\nby {agent}" if len(shown) > 1 else f"value and policy by {row.label}"
        axes.set_title(by if len(rows) > 1 else "value and policy", fontsize="medium" if len(shown) < 3 else "small")
        data = row.result.data
        picture(axes, data, data["value"], data["policy"], colours)


def converge(axes: Axes, rows: "list[Row]", colours: Sequence[str], all_x: list[np.ndarray]) -> None:
    """Half the span of T V − V as a line and that of V − V* dashed, on a logarithmic axis."""
    for row, x, colour in zip(rows, all_x, itertools.cycle(colours), strict=False):
        for key, _, style in DRAWN:
            y = array(row.result.data, key)
            marker = "o" if len(x) < 30 else None
            axes.plot(x, np.maximum(y, FLOOR), style, color=colour, marker=marker, markersize=3)
    axes.set_yscale("log")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
