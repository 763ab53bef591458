"""Bounds on regret beside its curves."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rlnotes.analysis.applicable_bounds import Bound, applicable
from rlnotes.analysis.labels import short_number
from rlnotes.figures.style import SIZE, Look

FAR = 2.5
"""a bound above this many times the height of the curves appears in the legend only"""
UPPER, LOWER = (":", (0, (1, 3))), ((0, (6, 3)), (0, (3, 1, 1, 1)))
"""line styles of the first and the second bound"""


def bounds(figure: Figure, axes: Axes, shown: Sequence[Look]) -> None:
    """Draw upper bounds on each agent, dotted, and lower bounds on every agent, grey.

    Lower bounds are drawn only if all rows are paired, so that they hold for all. A bound on the slope in the limit
    says nothing about the height: its line ends where the lowest curve ends. A bound for the worst instance, and a
    bound far above the curves, appear in the legend only. The legend gives the final value, or says that it is no less
    than the regret of the worst arm.
    """
    top = axes.get_ylim()[1]
    handles, lower = [], itertools.cycle(LOWER)
    lowest = min(float(look.row.result.data["regret"][:, -1].mean()) for look in shown)
    upper = {id(look.row): itertools.cycle(UPPER) for look in shown}
    for label, (look, bound) in bounds_by_label(shown).items():
        line: dict[str, Any] = {"color": look.colour, "linestyle": next(upper[id(look.row)]), "linewidth": 1.2}
        if bound.lower:
            line |= {"color": "0.4", "linestyle": next(lower)}
        n, values, last = look.row.result.data["steps"], bound.values, bound.values[-1]
        if bound.about == "slope":
            label = f"{label}: {short_number(last / np.log(n[-1]) if n[-1] > 1 else np.nan)} log n"
            values = np.where((parallel := values + lowest - last) >= 0, parallel, np.nan)
        if bound.about == "worst" or last > FAR * top:
            final = f"{last:,.0f} in the end" if last >= 10 else f"{last:.2g} in the end"
            height = "no less than the worst arm's" if bound.trivial else final
            line["linestyle"], label = "none", label if bound.about == "slope" else f"{label}: {height}"
        else:
            axes.plot(n, values, **line)
        handles.append(Line2D([], [], label=label, **line))
    if handles:
        figure.legend(handles=handles, frameon=False, loc="outside lower left", fontsize="x-small")
        figure.set_figheight(SIZE[1] + 0.17 * len(handles))


def bounds_by_label(shown: Sequence[Look]) -> dict[str, tuple[Look, Bound]]:
    """The bounds that apply, by label, upper bounds first."""
    paired, several = len({look.row.pairing for look in shown}) == 1, len(shown) > 1
    by_label: dict[str, tuple[Look, Bound]] = {}
    for look in shown:
        data = look.row.result.data
        for bound in applicable(look.row.result.settings, data.get("arm_means"), data["steps"]):
            agent = f"{look.row.label}: " if several and not bound.lower else ""
            if paired or not bound.lower:
                by_label[f"{agent}{bound.label}; {bound.source}"] = look, bound
    return dict(sorted(by_label.items(), key=lambda item: item[1][1].lower))
