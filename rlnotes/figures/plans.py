"""The figure of plans: how they converged, and the value and policy on the map."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rlnotes.analysis.comparison_row import Row
from rlnotes.figures.maps import OF_PLANS, map_of
from rlnotes.figures.style import COLOURS, frame, title

MAPS = 4
"""maps of environments in a figure, at most"""
FLOOR = 1e-16
"""lowest number on the logarithmic axis"""
MARKERS = "os^Dv"
"""markers of the rows, so that they differ in grey too"""
MARKED = 15
"""markers of a curve, about"""


def plans(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw residual and error against sweeps and seconds, a curve per row, and below the map of each environment."""
    mapped: dict[str, Row] = {}
    for row in rows:
        if row.result.data.keys() >= OF_PLANS:
            mapped.setdefault(row.pairing, row)
    maps = list(mapped.values())[:MAPS]
    figure.set_size_inches(8.0, 7.0 if maps else 3.5)
    title(figure, rows)
    places = figure.add_gridspec(2 if maps else 1, 2 * max(len(maps), 1))
    left = figure.add_subplot(places[0, : places.ncols // 2])
    right = figure.add_subplot(places[0, places.ncols // 2 :], sharey=left)
    convergence(left, rows, [row.result.data["at_sweep"] for row in rows])
    convergence(right, rows, [np.array(row.result.clock) for row in rows])
    left.set(xlabel="sweeps", ylabel="half the span over all states")
    left.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    right.set_xlabel("seconds")
    right.xaxis.set_major_locator(MaxNLocator(5))
    right.tick_params(labelleft=False)
    legend(figure, rows)
    for i, row in enumerate(maps):
        axes = figure.add_subplot(places[1, 2 * i : 2 * i + 2])
        axes_title = heading(row, maps) if len(rows) > 1 else "value and policy"
        axes.set_title(axes_title, fontsize="medium" if len(maps) < 3 else "small")
        data = row.result.data
        map_of(axes, data, data["value"], data["policy"])


def heading(row: Row, maps: Sequence[Row]) -> str:
    """What stands above the map of a row: the environment, or its settings if all maps are of one environment."""
    if len(maps) == 1:
        return f"value and policy by {row.label}"
    if len({one.result.settings["env"]["name"] for one in maps}) == 1:
        return row.label
    return "{env[name]}\nby {agent[name]}".format(**row.result.settings)


def convergence(axes: Axes, rows: Sequence[Row], all_x: list[np.ndarray]) -> None:
    """Draw half the span of T V − V as a line, and of V − V* dashed, on a logarithmic axis."""
    for row, x, colour, marker in zip(rows, all_x, cycle(COLOURS), cycle(MARKERS), strict=False):
        for y, style in ((row.result.data["residual"], "-"), (row.result.data["error"], "--")):
            every = max(1, len(x) // MARKED)
            axes.plot(x, np.maximum(y, FLOOR), style, color=colour, marker=marker, markersize=3, markevery=every)
    axes.set_yscale("log")
    frame(axes)


def legend(figure: Figure, rows: Sequence[Row]) -> None:
    """Name the rows by colour, and the two curves by line style."""
    looks = zip(rows, cycle(COLOURS), cycle(MARKERS), strict=False)
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, label=row.label) for row, colour, marker in looks
    ]
    handles.append(Line2D([], [], color="k", linestyle="-", label="of T V − V"))
    handles.append(Line2D([], [], color="k", linestyle="--", label="of V − V*"))
    columns = max(1, min(len(handles), 4, 110 // (6 + max(len(str(handle.get_label())) for handle in handles))))
    figure.legend(handles=handles, frameon=False, fontsize="small", loc="outside lower center", ncols=columns)
