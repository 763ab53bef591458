"""The look of all figures: sizes, colours, frames, titles."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import common

SIZE = (6.4, 4.0)
"""inches: half a page"""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito's colours for colour-blind readers, without the yellow, which is too pale on white paper"""
LINE_STYLES = ("-", "--", "-.", ":")


class Look(NamedTuple):
    """How a row is drawn."""

    row: Row
    colour: Any
    line_style: str


def looks(rows: Sequence[Row]) -> list[Look]:
    """A colour for each row; of many rows a shade and a line style."""
    if len(rows) <= len(COLOURS):
        return [Look(row, colour, "-") for row, colour in zip(rows, COLOURS, strict=False)]
    viridis = matplotlib.colormaps["viridis"]
    return [Look(row, viridis(i / (len(rows) - 1)), LINE_STYLES[i % len(LINE_STYLES)]) for i, row in enumerate(rows)]


def title(figure: Figure, rows: Sequence[Row]) -> None:
    """Put the shared settings of the rows above a figure."""
    figure.suptitle(common([row.settings for row in rows]), fontsize="medium", wrap=True)


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
