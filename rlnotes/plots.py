"""Every figure."""

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rlnotes.labels import common
from rlnotes.plan_plots import plans
from rlnotes.results import PLANNED
from rlnotes.statistics import estimate

if TYPE_CHECKING:
    from rlnotes.comparison import Comparison

SIZE = (6.4, 4.0)
"""inches: half a page"""

# Okabe & Ito's colours, which colour-blind readers tell apart, without the yellow that white paper swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":")

AXES = {
    "regret": ("steps", "cumulative pseudo-regret\nmean and 95 % band"),
    "return": ("episodes", "return of an episode\nmean and 95 % band"),
}
"""labels of the axes by metric"""


def save(comparison: "Comparison", metric: str, folder: Path, log_x: bool = False) -> None:
    """Write the figure of a metric as <metric>.png and <metric>.svg; the same comparison gives the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": "rlnotes", "svg.fonttype": "none"}):
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(figure, comparison, metric, log_x)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once for both files
        figure.savefig(folder / f"{metric}.png", dpi=160)
        figure.savefig(folder / f"{metric}.svg", metadata={"Date": None})


def draw(figure: Figure, comparison: "Comparison", metric: str, log_x: bool = False) -> None:
    """Draw the figure of a metric: of plans how they converged and what they found, of others the curves."""
    if metric in PLANNED:
        plans(figure, [row for row in comparison.rows if row.metric == metric], COLOURS)
    else:
        curves(figure, comparison, metric, log_x)


def curves(figure: Figure, comparison: "Comparison", metric: str, log_x: bool = False) -> None:
    """Mean of the metric over the runs with its 95 % band, a curve a row, named where there are several."""
    axes = figure.add_subplot()
    rows = [row for row in comparison.rows if row.metric == metric]
    lines: list[tuple[float, Line2D]] = []
    for i, row in enumerate(rows):
        x, y = row.result.curve(metric)
        mean, _, low, high = estimate(y)
        few = len(rows) <= len(COLOURS)
        colour = COLOURS[i] if few else matplotlib.colormaps["viridis"](i / (len(rows) - 1))
        style = "-" if few else STYLES[i % len(STYLES)]
        [line] = axes.plot(x, mean, style, color=colour, label=row.label, marker="o" if len(x) == 1 else None)
        lines.append((y[:, -1].mean(), line))
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    xlabel, ylabel = AXES[metric]
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_title(common([row.pooled for row in rows]), fontsize="medium", wrap=True)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)
    if log_x:
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    if metric == "regret":
        axes.set_ylim(bottom=0)
    # From the highest curve to the lowest, as the eye meets them at the right edge.
    handles = [line for _, line in sorted(lines, key=lambda pair: -pair[0])]
    if len(rows) > len(COLOURS):
        figure.legend(handles=handles, frameon=False, loc="outside right upper", fontsize=min(8, 200 / len(rows)))
    elif len(rows) > 1:
        axes.legend(handles=handles, frameon=False)
