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
from rlnotes.figures.style import COLOURS, Look, frame, looks_by_panel, title

MAPS = 4
"""maps of environments in a figure, at most"""
FLOOR = 1e-16
"""lowest number on the logarithmic axis"""
MARKERS = "os^Dv"
"""markers of the rows, so that they differ in grey too"""
MARKED = 15
"""markers of a curve, about"""
Mark = tuple[str, str]
"""the colour and the marker of a row"""


def plans(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw how the plans of each environment converged, a curve per row, and below the maps of environments."""
    mapped: dict[str, Row] = {}
    for row in rows:
        if row.result.data.keys() >= OF_PLANS:
            mapped.setdefault(row.pairing, row)
    maps = list(mapped.values())[:MAPS]
    by_env = looks_by_panel(rows)
    names = dict.fromkeys(look.label for shown in by_env.values() for look in shown)
    marks = dict(zip(names, zip(cycle(COLOURS), cycle(MARKERS), strict=False), strict=False))
    places = figure.add_gridspec(len(by_env) + bool(maps), 2 * max(len(maps), 1))
    figure.set_size_inches(8.0, 3.5 * places.nrows)
    title(figure, rows)
    half = places.ncols // 2
    for i, (env, shown) in enumerate(by_env.items()):
        left = figure.add_subplot(places[i, :half])
        right = figure.add_subplot(places[i, half:], sharey=left)
        left.set_title(env, fontsize="medium")
        convergence(left, right, shown, marks)
    legend(figure, marks)
    for i, row in enumerate(maps):
        axes = figure.add_subplot(places[-1, 2 * i : 2 * i + 2])
        axes_title = heading(row, maps) if len(rows) > 1 else "value and policy"
        axes.set_title(axes_title, fontsize="medium" if len(maps) < 3 else "small", pad=6 if len(maps) == 1 else 12)
        data = row.result.data
        map_of(axes, data, data["value"], data["policy"])


def heading(row: Row, maps: Sequence[Row]) -> str:
    """What stands above the map of a row: the environment, or its settings if all maps are of one environment."""
    if len(maps) == 1:
        return f"value and policy by {row.label}"
    if len({one.result.settings["env"]["name"] for one in maps}) == 1:
        return row.label
    return "{env[name]}\nby {agent[name]}".format(**row.result.settings)


def convergence(left: Axes, right: Axes, shown: Sequence[Look], marks: dict[str, Mark]) -> None:
    """Draw residual and error of each row, at the left against sweeps, at the right against seconds."""
    for look in shown:
        errors(left, look, look.row.result.data["at_sweep"], marks)
        errors(right, look, np.array(look.row.result.clock), marks)
    left.set(xlabel="sweeps", ylabel="half the span over all states", yscale="log")
    left.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    right.set_xlabel("seconds")
    right.xaxis.set_major_locator(MaxNLocator(3))
    right.tick_params(labelleft=False)
    frame(left)
    frame(right)


def errors(axes: Axes, look: Look, x: np.ndarray, marks: dict[str, Mark]) -> None:
    """Draw half the span of T V − V as a line, and of V − V* dashed."""
    (colour, marker), data = marks[look.label], look.row.result.data
    for y, style in ((data["residual"], "-"), (data["error"], "--")):
        every = max(1, len(x) // MARKED)
        axes.plot(x, np.maximum(y, FLOOR), style, color=colour, marker=marker, markersize=3, markevery=every)


def legend(figure: Figure, marks: dict[str, Mark]) -> None:
    """Name the rows by colour, and the two curves by line style."""
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, label=name)
        for name, (colour, marker) in marks.items()
    ]
    handles.append(Line2D([], [], color="k", linestyle="-", label="of T V − V"))
    handles.append(Line2D([], [], color="k", linestyle="--", label="of V − V*"))
    columns = max(1, min(len(handles), 4, 110 // (6 + max(len(str(handle.get_label())) for handle in handles))))
    figure.legend(handles=handles, frameon=False, fontsize="small", loc="outside lower center", ncols=columns)
