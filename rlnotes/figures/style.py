"""The look of all figures: sizes, colours, frames, titles, panels."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import heading, labels

SIZE = (6.4, 4.0)
"""inches: half a page"""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito's colours for colour-blind readers, without the yellow, which is too pale on white paper"""
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
APART = ("-", "--", "-.", (0, (6, 1, 1, 1, 1, 1)), (0, (10, 3)), (0, (2, 1)), (0, (4, 1, 4, 1, 1, 1)))
"""line styles beside the colours, so that lines differ in grey too; none is that of a bound"""
FEW = 7
"""lines up to which the legend stands inside a panel"""


class Look(NamedTuple):
    """How a row is drawn."""

    row: Row
    label: str
    colour: str
    line_style: Any


def looks(rows: Sequence[Row]) -> list[Look]:
    """A look for each row of a panel, with the settings in which the rows of the panel differ as its label.

    The colour stands for the agent and the line style for its settings. If each agent has one row, or there is a single
    agent, colour and line style stand for the row. More rows than colours differ in the line style alone.
    """
    names, agents = labels([row.settings for row in rows]), [row.result.settings["agent"]["name"] for row in rows]
    kinds = list(dict.fromkeys(agents))
    if len(rows) <= len(COLOURS) and len(kinds) in (1, len(rows)):
        return [Look(*of) for of in zip(rows, names, COLOURS, APART, strict=False)]
    by_agent = 1 < len(kinds) <= len(COLOURS) and max(map(agents.count, kinds)) <= len(LINE_STYLES)
    shown = []
    for i, (row, name, agent) in enumerate(zip(rows, names, agents, strict=True)):
        colour, style = (kinds.index(agent), agents[:i].count(agent)) if by_agent else (i, i // len(COLOURS))
        shown.append(Look(row, name, COLOURS[colour % len(COLOURS)], LINE_STYLES[style % len(LINE_STYLES)]))
    return shown


def panels(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each environment, by the settings in which the environments differ."""
    by_env: dict[str, list[Row]] = {}
    for row in rows:
        by_env.setdefault(str(row.settings["env"]), []).append(row)
    same = rows[0].settings
    names = labels([{**same, "env": group[0].settings["env"], "inferred": {}} for group in by_env.values()])
    return dict(zip(names if len(by_env) > 1 else [""], by_env.values(), strict=True))


def title(figure: Figure, rows: Sequence[Row]) -> None:
    """Write above a figure what it shows, and the settings that were chosen."""
    what, chosen = heading([row.settings for row in rows])
    figure.suptitle(f"{what}\n{chosen}" if what else chosen, fontsize="medium", wrap=True)


def frame(axes: Axes) -> None:
    """Draw a light grid, and axes only at the left and below."""
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def count_axis(axes: Axes, log: bool) -> None:
    """Let the horizontal axis count steps or episodes from edge to edge, and write numbers with commas."""
    axes.margins(x=0)
    if log:
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def legend(figure: Figure, axes: Axes, handles: Sequence[Any]) -> None:
    """Name the lines, in the order of the table: inside the panel if they are few, else at the right of the figure."""
    if len(handles) > FEW:
        figure.legend(handles=handles, frameon=False, loc="outside right center", fontsize=min(8, 200 / len(handles)))
    elif len(handles) > 1:
        axes.legend(handles=handles, frameon=False)
