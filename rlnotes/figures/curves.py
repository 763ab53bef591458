"""Curves of a metric, one per row."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.lib.stride_tricks import sliding_window_view

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.series import by_steps, series
from rlnotes.analysis.statistics import Band, quantile_band
from rlnotes.figures.bounds import bounds
from rlnotes.figures.legends import FEW, legend
from rlnotes.figures.style import Look, count_axis, frame, looks_by_panel, name_once, panel_grid, title
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
MANY = 500
"""runs whose mean return of a single episode is smooth"""
OF_EPISODES = ("return", "length", "episode_regret")
"""metrics of episodes"""


def curves(figure: Figure, rows: Sequence[Row], metric: str, plot: Plot) -> None:
    """Draw a curve per row, with a panel per environment.

    Beside returns stand the exact values of the greedy policies, if they are known.
    """
    by_env = looks_by_panel(rows)
    evaluated = metric == "return" and any("greedy_value" in row.result.data for row in rows)
    grid = panel_grid(figure, list(by_env), 1 + evaluated)
    about = []
    for (axes, *right), (env, shown) in zip(grid, by_env.items(), strict=True):
        panel(axes, shown, metric, with_window(plot, [look.row for look in shown], metric))
        if metric == "regret" and plot.theory and plot.band == "interval" and len(shown) <= FEW:
            about += bounds(axes, shown, f"{env}: " if env else "")
        if metric in COSTS:
            axes.set_ylim(bottom=min(0.0, axes.dataLim.y0))
        for beside in right:
            greedy_values(beside, shown)
    for axes in figure.axes:
        frame(axes)
        count_axis(axes, plot.log_x)
    name_once(grid[:, 0])
    title(figure, rows)
    legend(figure, grid[:, 0])
    if about:
        figure.legend(handles=about, frameon=False, loc="outside lower left", fontsize="x-small")
        figure.set_figheight(figure.get_figheight() + 0.17 * len(about))


def panel(axes: Axes, shown: Sequence[Look], metric: str, plot: Plot) -> None:
    """Draw the curves of one environment."""
    lines = [curve(axes, look, metric, plot) for look in shown]
    if metric == "regret":
        axes.set_ylabel(f"{regret_name([look.row for look in shown])}\n{BANDS[plot.band]}")
    if metric not in COSTS and metric != "episode_regret":
        focus(axes, lines)


def with_window(plot: Plot, rows: Sequence[Row], metric: str) -> Plot:
    """The plot settings with the default window: 5 % of the episodes that every run has, or 1 if there are many runs.

    Against steps it is always 5 %, since runs have their episodes at different steps.
    """
    if metric not in OF_EPISODES or plot.window is not None:
        return plot
    by_number = rows[0].result.settings["episodes"]
    smooth = by_number and min(row.runs for row in rows) >= MANY
    episodes = min(len(series(row.result, metric)[0]) for row in rows)
    return replace(plot, window=1 if smooth else max(1, episodes // 20))


def regret_name(rows: Sequence[Row]) -> str:
    """The name of the axis of regret, with the reference of the regret if that is not the best arm."""
    references = {str(row.result.data.get("regret_against", "the best arm")) for row in rows}
    if references == {"the best arm"}:
        return QUANTITY["regret"]
    return "cumulative regret" + (f" against\n{references.pop()}" if len(references) == 1 else "")


class Curve(NamedTuple):
    """The points of the curve of a row, its band, and the names of the axes."""

    x: np.ndarray
    band: Band
    across: str
    up: str


def curve_of(row: Row, metric: str, plot: Plot) -> Curve:
    """The metric of a row with its band; returns and lengths are means over `plot.window` episodes.

    Metrics of episodes are given against the number of the episode if the runs have a number of episodes, otherwise
    against steps, so that agents with long and short episodes are compared at the same time.
    """
    result, quantity, drawn = row.result, QUANTITY[metric], BANDS[plot.band]
    smooth = metric in ("return", "length")
    if metric not in OF_EPISODES or result.settings["episodes"]:
        x, y = series(result, metric)
        window = min(plot.window or 1, len(x)) if smooth else 1
        x, y = x[window - 1 :], sliding_window_view(y, window, axis=1).mean(axis=2)
    else:
        window = plot.window or 1 if smooth else 1
        x, y = by_steps(result, metric, window)
    if window > 1:
        quantity = f"mean {quantity}".replace("an episode", f"{window} episodes")
        drawn = drawn.replace("95 % band", "95 % band over the runs")
    across = "steps" if metric == "regret" else time_axis(row)
    return Curve(x, band(y, plot, *result.range_of(metric)), across, f"{quantity}\n{drawn}")


def curve(axes: Axes, look: Look, metric: str, plot: Plot) -> Line2D:
    """Draw the metric of a row with its band."""
    x, (low, middle, high), across, up = curve_of(look.row, metric, plot)
    marker = "o" if len(x) == 1 else None
    [line] = axes.plot(x, middle, linestyle=look.line_style, color=look.colour, label=look.label, marker=marker)
    axes.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0)
    axes.set(xlabel=across, ylabel=up)
    return line


def band(y: np.ndarray, plot: Plot, least: float = -np.inf, largest: float = np.inf) -> Band:
    """The curve of y [runs, points] and the band around it, as `plot.band` asks, within what y can be."""
    if plot.band == "quartiles":
        return quantile_band(y)
    mean, _, low, high = estimate(y).clipped(least, largest)
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
    quartiles = greedy_quartiles(look.row)
    low, median, high = np.clip(quartiles, -1e300, 1e300)
    x, finite = data["greedy_value_at"], np.isfinite(quartiles[1])
    axes.plot(x, np.where(finite, median, np.nan), linestyle=look.line_style, color=look.colour)
    axes.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0)
    return np.append(quartiles[np.isfinite(quartiles)], data["optimum"])


def greedy_quartiles(row: Row) -> np.ndarray:
    """The quartiles [3, points] over the runs of the values of the greedy policies."""
    quartiles: np.ndarray = np.quantile(
        row.result.data["greedy_value"], (0.25, 0.5, 0.75), axis=0, method="inverted_cdf"
    )
    return quartiles


def focus(axes: Axes, lines: Sequence[Line2D]) -> None:
    """Cut off the first tenth of the curves if it lies far from the rest."""
    values = [np.asarray(line.get_ydata(), float) for line in lines]
    whole, later = np.concatenate(values), np.concatenate([one[len(one) // 10 :] for one in values])
    low, high, size = later.min(), later.max(), np.ptp(later)
    if size > 0 and (whole.min() < low - size or whole.max() > high + size):
        axes.set_ylim(low - size / 10, high + size / 10)
