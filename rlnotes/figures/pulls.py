"""Pulls of the arms: how often the best arm was pulled in the course of time, and every arm in all steps."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.series import by_arm, ranked, series
from rlnotes.figures.curves import BANDS, band
from rlnotes.figures.legends import legend
from rlnotes.figures.style import Look, count_axis, frame, looks_by_panel, panel_grid, title
from rlnotes.settings import Plot

MARKED = 20
"""arms up to which each has a point on its curve"""


def pulls(figure: Figure, rows: Sequence[Row], plot: Plot) -> None:
    """Draw two axes for each environment, a curve per row in each: pulls of the best arm over time, and of every arm.

    Without the first axes if no environment says which arm is the best in a step.
    """
    by_env = looks_by_panel(rows)
    timed = any(map(says_the_best, rows))
    grid = panel_grid(figure, list(by_env), 1 + timed)
    for (*left, right), shown in zip(grid, by_env.values(), strict=True):
        of_every_arm(right, shown, plot)
        for axes in left:
            of_the_best_arm(axes, [look for look in shown if says_the_best(look.row)], plot)
    for axes in figure.axes:
        frame(axes)
    title(figure, rows)
    legend(figure, grid[:, -1])


def says_the_best(row: Row) -> bool:
    """Whether the environment says which arm is the best in a step."""
    return "optimal" in row.result.data


def of_the_best_arm(axes: Axes, shown: Sequence[Look], plot: Plot) -> None:
    """Draw the share of pulls of the best arm since the recorded step before."""
    if not shown:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "the best arm of a step\nis not known", ha="center", va="center")
        return
    for look in shown:
        steps, share = series(look.row.result, "optimal")
        draw(axes, look, steps, share, plot)
    references = {str(look.row.result.data.get("regret_against", "the best arm")) for look in shown}
    best = references.pop() if len(references) == 1 else "the best arm"
    axes.set(xlabel="steps", ylabel=f"share of pulls of {best}\n{BANDS[plot.band]}", ylim=(0, 1))
    count_axis(axes, plot.log_x)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def of_every_arm(axes: Axes, shown: Sequence[Look], plot: Plot) -> None:
    """Draw the pulls of every arm in all steps."""
    for look in shown:
        arms, counts = by_arm(look.row.result)
        draw(axes, look, arms, counts, plot, "o" if len(arms) <= MARKED else None)
    order = ", best mean first" if all(ranked(look.row.result) for look in shown) else ""
    axes.set(xlabel=f"arm{order}", ylabel=f"pulls of the arm in all steps\n{BANDS[plot.band]}")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def draw(axes: Axes, look: Look, x: np.ndarray, y: np.ndarray, plot: Plot, marker: str | None = None) -> None:
    """Draw y [runs, points] against x [points] with its band."""
    low, middle, high = band(y, plot)
    axes.plot(x, middle, linestyle=look.line_style, color=look.colour, label=look.label, marker=marker, markersize=3)
    axes.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0)
