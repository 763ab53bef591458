"""Bounds on regret beside its curves."""

import itertools
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rlnotes.analysis.applicable_bounds import Bound, applicable
from rlnotes.figures.style import SIZE, Look

FAR = 2.5
"""a bound above this many times the height of the curves appears in the legend only"""
UPPER, LOWER = (":", (0, (1, 3))), ((0, (6, 3)), (0, (3, 1, 1, 1)))
"""line styles of the first and the second bound"""


def bounds(figure: Figure, axes: Axes, shown: Sequence[Look]) -> None:
    """Draw upper bounds on each agent, dotted, and lower bounds on every agent, grey.

    Lower bounds are drawn only if all rows are paired, so that they hold for all. A bound far above the curves appears
    in the legend only. The legend gives its final value, or says that it is no less than the regret of the worst arm.
    """
    top = axes.get_ylim()[1]
    handles, lower = [], itertools.cycle(LOWER)
    upper = {id(look.row): itertools.cycle(UPPER) for look in shown}
    for label, (look, bound) in bounds_by_label(shown).items():
        line: dict[str, Any] = {"color": look.colour, "linestyle": next(upper[id(look.row)]), "linewidth": 1.2}
        if bound.lower:
            line |= {"color": "0.4", "linestyle": next(lower)}
        if (last := bound.values[-1]) > FAR * top:
            height = "no less than the worst arm's" if bound.trivial else f"{last:,.0f} in the end"
            line["linestyle"], label = "none", f"{label}: {height}"
        else:
            axes.plot(look.row.result.data["steps"], bound.values, **line)
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
