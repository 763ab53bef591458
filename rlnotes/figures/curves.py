"""Curves of a metric, one per row."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.lib.stride_tricks import sliding_window_view

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.series import by_steps, series
from rlnotes.analysis.statistics import Band, quantile_band
from rlnotes.figures.bounds import bounds
from rlnotes.figures.style import COLOURS, SIZE, Look, count_axis, frame, looks, title
from rlnotes.settings import Plot
from rlnotes.simulation.estimate import estimate
from rlnotes.simulation.result import COSTS

QUANTITY = {
    "regret": "cumulative pseudo-regret",
    "rmse": "root-mean-square error of V",
    "return": "return of an episode",
    "episode_regret": "cumulative regret",
    "length": "steps of an episode",
}
"""name of the vertical axis, by metric"""
BANDS = {"interval": "mean and 95 % band", "quartiles": "median and the middle half of the runs"}
"""meaning of a curve and its band, by `plot.band`"""
OF_EPISODES = ("return", "length", "episode_regret")
"""metrics of episodes"""


def curves(figure: Figure, rows: Sequence[Row], metric: str, plot: Plot) -> None:
    """Draw a curve per row; beside returns, the exact values of the greedy policies, if they are known."""
    evaluated = metric == "return" and any("greedy_value" in row.result.data for row in rows)
    if evaluated:
        figure.set_size_inches(1.6 * SIZE[0], SIZE[1])
    axes, *right = figure.subplots(1, 1 + evaluated, squeeze=False)[0]
    shown, plot = looks(rows), with_window(plot, rows, metric)
    lines = [curve(axes, look, metric, plot) for look in shown]
    if metric == "regret":
        axes.set_ylabel(f"{regret_name(rows)}\n{BANDS[plot.band]}")
    for panel in right:
        greedy_values(panel, shown)
    for panel in figure.axes:
        frame(panel)
        count_axis(panel, plot.log_x)
    if metric == "regret" and plot.theory and plot.band == "interval" and len(rows) <= len(COLOURS):
        bounds(figure, axes, shown)
    if metric in COSTS:
        axes.set_ylim(bottom=min(0.0, axes.dataLim.y0))
    elif metric != "episode_regret":
        focus(axes, lines)
    title(figure, rows)
    # From the highest curve to the lowest, the order at the right edge.
    handles = sorted(lines, key=lambda line: -np.asarray(line.get_ydata())[-1])
    if len(rows) > len(COLOURS):
        figure.legend(handles=handles, frameon=False, loc="outside right center", fontsize=min(8, 200 / len(rows)))
    elif len(rows) > 1:
        axes.legend(handles=handles, frameon=False)


def with_window(plot: Plot, rows: Sequence[Row], metric: str) -> Plot:
    """The plot settings with the default window: against steps, 5 % of the episodes that every run has."""
    if metric not in OF_EPISODES or plot.window is not None or rows[0].result.settings["episodes"]:
        return plot
    episodes = min(len(series(row.result, metric)[0]) for row in rows)
    return replace(plot, window=max(1, episodes // 20))


def regret_name(rows: Sequence[Row]) -> str:
    """The name of the axis of regret, with the reference of the regret if that is not the best arm."""
    references = {str(row.result.data.get("regret_against", "the best arm")) for row in rows}
    if references == {"the best arm"}:
        return QUANTITY["regret"]
    return "cumulative regret" + (f" against\n{references.pop()}" if len(references) == 1 else "")


def curve(axes: Axes, look: Look, metric: str, plot: Plot) -> Line2D:
    """Draw the metric of a row with its band; returns and lengths are means over `plot.window` episodes.

    Metrics of episodes are drawn against the number of the episode if the runs have a number of episodes, otherwise
    against steps, so that agents with long and short episodes are compared at the same time.
    """
    result, quantity = look.row.result, QUANTITY[metric]
    smooth = metric in ("return", "length")
    if metric not in OF_EPISODES or result.settings["episodes"]:
        x, y = series(result, metric)
        window = min(plot.window or 1, len(x)) if smooth else 1
        x, y = x[window - 1 :], sliding_window_view(y, window, axis=1).mean(axis=2)
    else:
        window = plot.window or 1 if smooth else 1
        x, y = by_steps(result, metric, window)
    if window > 1:
        quantity = quantity.replace("an episode", f"{window} episodes, their mean")
    low, middle, high = band(y, plot)
    marker = "o" if len(x) == 1 else None
    [line] = axes.plot(x, middle, look.line_style, color=look.colour, label=look.row.label, marker=marker)
    axes.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0)
    axes.set(xlabel="steps" if metric == "regret" else time_axis(look.row), ylabel=f"{quantity}\n{BANDS[plot.band]}")
    return line


def band(y: np.ndarray, plot: Plot) -> Band:
    """The curve of y [runs, points] and the band around it, as `plot.band` asks."""
    if plot.band == "quartiles":
        return quantile_band(y)
    mean, _, low, high = estimate(y)
    return Band(np.asarray(low), np.asarray(mean), np.asarray(high))


def time_axis(row: Row) -> str:
    """The name of the horizontal axis: the unit in which the length of a run is given."""
    return "episodes" if row.result.settings["episodes"] else "steps"


def greedy_values(axes: Axes, shown: Sequence[Look]) -> None:
    """Draw the exact values of the greedy policies, median and quartiles over the runs, and the optimum."""
    finite = np.concatenate([greedy_value(axes, look) for look in shown])
    margin = 0.05 * np.ptp(finite) or 1.0
    axes.set_ylim(finite.min() - margin, finite.max() + margin)
    optima = {look.row.pairing: look.row.result.data for look in shown if "optimum" in look.row.result.data}
    for data in optima.values():
        optimum = float(data["optimum"])
        axes.axhline(optimum, color="k", linestyle=":", linewidth=1)
        axes.annotate("optimal", (1, optimum), xycoords=("axes fraction", "data"), ha="right", va="bottom")
    axes.set(xlabel=time_axis(shown[0].row), ylabel="value of the greedy policy\nmedian and quartiles")


def greedy_value(axes: Axes, look: Look) -> np.ndarray:
    """Draw the values of one row; returns its finite values and the optimum."""
    data = look.row.result.data
    if "greedy_value" not in data:
        return np.empty(0)
    quartiles = np.quantile(data["greedy_value"], (0.25, 0.5, 0.75), axis=0, method="inverted_cdf")
    low, median, high = np.clip(quartiles, -1e300, 1e300)
    x, finite = data["greedy_value_at"], np.isfinite(quartiles[1])
    axes.plot(x, np.where(finite, median, np.nan), look.line_style, color=look.colour)
    axes.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0)
    return np.append(quartiles[np.isfinite(quartiles)], data["optimum"])


def focus(axes: Axes, lines: Sequence[Line2D]) -> None:
    """Cut off the first tenth of the curves if it lies far from the rest."""
    values = [np.asarray(line.get_ydata(), float) for line in lines]
    whole, later = np.concatenate(values), np.concatenate([one[len(one) // 10 :] for one in values])
    low, high, size = later.min(), later.max(), np.ptp(later)
    if size > 0 and (whole.min() < low - size or whole.max() > high + size):
        axes.set_ylim(low - size / 10, high + size / 10)
