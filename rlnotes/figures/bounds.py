"""Bounds on regret beside its curves."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rlnotes.analysis.applicable_bounds import Bound, applicable
from rlnotes.analysis.labels import short_number
from rlnotes.figures.style import Look

FAR = 1.5
"""a bound above this many times the height of the curves is not drawn"""
SEGMENT = 0.5
"""share of the steps over which the slope in the limit is drawn"""
UPPER, LOWER = (":", (0, (1, 3))), ((0, (6, 3)), (0, (3, 1, 1, 1)))
"""line styles of the first and the second bound"""


def bounds(axes: Axes, shown: Sequence[Look], prefix: str) -> list[Line2D]:
    """Draw upper bounds on each agent, dotted, and the slope in the limit, grey; returns them for the legend.

    `prefix` stands before their names in the legend.
    A bound far above the curves, and a bound for the worst instance, are not drawn: comparison.json has them. The slope
    in the limit says nothing about the height: its line is a segment at the end of the lowest curve, and is drawn only
    if all rows are paired, so that it holds for all.
    """
    top = axes.get_ylim()[1]
    handles, lower = [], itertools.cycle(LOWER)
    lowest = min(float(look.row.result.data["regret"][:, -1].mean()) for look in shown)
    upper = {id(look.row): itertools.cycle(UPPER) for look in shown}
    for label, (look, bound) in bounds_by_label(shown).items():
        n, values, last = look.row.result.data["steps"], bound.values, bound.values[-1]
        line: dict[str, Any] = {"color": look.colour, "linestyle": next(upper[id(look.row)]), "linewidth": 1.2}
        if bound.about == "worst" or (not bound.lower and last > FAR * top):
            continue
        if bound.about == "slope":
            if not (moved := slope(label, n, values, lowest)):
                continue
            label, values = moved
            line |= {"color": "0.4", "linestyle": next(lower)}
        axes.plot(n, values, **line)
        handles.append(Line2D([], [], label=prefix + label, **line))
    return handles


def bounds_by_label(shown: Sequence[Look]) -> dict[str, tuple[Look, Bound]]:
    """The bounds that apply, by label, upper bounds first."""
    paired, several = len({look.row.pairing for look in shown}) == 1, len(shown) > 1
    by_label: dict[str, tuple[Look, Bound]] = {}
    for look in shown:
        data = look.row.result.data
        for bound in applicable(look.row.result.settings, data.get("arm_means"), data["steps"]):
            agent = f"{look.label}: " if several and not bound.lower else ""
            if paired or not bound.lower:
                by_label[f"{agent}{bound.label}; {bound.source}"] = look, bound
    return dict(sorted(by_label.items(), key=lambda item: item[1][1].lower))


def slope(label: str, n: np.ndarray, values: np.ndarray, end: float) -> tuple[str, np.ndarray] | None:
    """The label with the slope in the limit, and its line over the last steps of `n`, which ends at the height `end`.

    None if it is steeper than all growth so far.
    """
    factor = values[-1] / np.log(n[-1]) if n[-1] > 1 else np.nan
    line = np.where(n >= SEGMENT * n[-1], values + end - values[-1], np.nan)
    return None if np.nanmin(line) < 0 else (f"{label}: {short_number(factor)} log n", line)
