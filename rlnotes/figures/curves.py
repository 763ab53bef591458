"""The figures of a comparison."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.lib.stride_tricks import sliding_window_view

from rlnotes.analysis.applicable_bounds import fitting
from rlnotes.analysis.labels import common
from rlnotes.analysis.series import by_steps, series
from rlnotes.analysis.statistics import Band, quantile_band
from rlnotes.figures.maps import learned
from rlnotes.figures.outcomes import profile, sweep, swept
from rlnotes.figures.plans import plans
from rlnotes.settings import Plot
from rlnotes.simulation.estimate import estimate
from rlnotes.simulation.result import COSTS, PLANNED

if TYPE_CHECKING:
    from rlnotes.analysis.comparison_row import Row
    from rlnotes.comparison import Comparison

SIZE = (6.4, 4.0)
"""inches: half a page"""

# Okabe & Ito's colours, which colour-blind readers tell apart, without the yellow that white paper swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":")

AXES = {
    "regret": ("steps", "cumulative pseudo-regret"),
    "rmse": ("", "root-mean-square error of V"),
    "return": ("", "return of an episode"),
    "episode_regret": ("", "cumulative regret"),
    "length": ("", "steps of an episode"),
}
"""labels of the axes by metric; no first one: what the runs were told, steps or episodes"""
BANDS = {"interval": "mean and 95 % band", "quartiles": "median and the middle half of the runs"}
"""what is about a curve, by `plot.band`"""
FAR = 2.5
"""times the height of the curves above which a bound is told and not drawn"""
EPISODIC = ("return", "length", "episode_regret")
"""metrics of episodes"""


def save(comparison: "Comparison", metric: str, folder: Path, plot: Plot) -> None:
    """Write the figure of a metric as <metric>.png and <metric>.svg; the same comparison gives the same bytes.

    Beside returns also the lengths of episodes, as length.png, and of learners their regret to the best mean return,
    where that is known, as episode_regret.png, and policy.png where they are on a map. Of regret also how the runs of
    several agents differ in the end, as profile.png, and where a setting takes three numbers or more, what came of it
    against that number, as regret_by_<setting>.png, or return_by_<setting>.png and so on.
    """
    figures = {metric: Figure(figsize=SIZE, layout="constrained")}
    with matplotlib.rc_context({"svg.hashsalt": "rlnotes", "svg.fonttype": "none"}):
        draw(figures[metric], comparison, metric, plot)
        if metric == "return":
            rows = [row for row in comparison.rows if row.metric == metric]
            figures["length"] = Figure(figsize=SIZE, layout="constrained")
            curves(figures["length"], rows, "length", plot)
            if regretting := [row for row in rows if "best_return" in row.result.data]:
                figures["episode_regret"] = Figure(figsize=SIZE, layout="constrained")
                curves(figures["episode_regret"], regretting, "episode_regret", plot)
            if on_map := [row for row in rows if mapped(row)]:
                figures["policy"] = Figure(layout="constrained")
                learned(figures["policy"], on_map, COLOURS)
        for name, drawn in in_the_end([row for row in comparison.rows if row.metric == metric]).items():
            figures[name] = Figure(figsize=SIZE, layout="constrained")
            drawn(figures[name])
        for name, figure in figures.items():
            figure.draw_without_rendering()
            figure.set_layout_engine("none")  # laid out once for both files
            figure.savefig(folder / f"{name}.png", dpi=160)
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def in_the_end(rows: "list[Row]") -> dict[str, Callable[[Figure], None]]:
    """The figures of what the runs came to: how they differ, of agents that met the same luck, and against a number."""
    drawn: dict[str, Callable[[Figure], None]] = {}
    if rows[0].metric in PLANNED:
        return drawn
    if 1 < len(rows) <= len(COLOURS) and len({row.luck for row in rows}) == 1 and rows[0].metric == "regret":
        drawn["profile"] = lambda figure: profile(figure, rows, COLOURS)
    if key := swept(rows):
        drawn[f"{rows[0].metric}_by_{key.rpartition('.')[2]}"] = lambda figure: sweep(figure, rows, key, COLOURS)
    return drawn


def mapped(row: "Row") -> bool:
    """Whether what a learner has learnt can be drawn on a map."""
    return {"grid", "greedy_for", "optimal_policy"} <= set(row.result.data)


def draw(figure: Figure, comparison: "Comparison", metric: str, plot: Plot) -> None:
    """Draw the figure of a metric: of plans how they converged and what they found, of others the curves.

    Of what was learnt in the end it has no curve, but a point a run.
    """
    of = "return" if metric in ("length", "episode_regret") else metric
    rows = [row for row in comparison.rows if row.metric == of]
    if metric in PLANNED:
        plans(figure, rows, COLOURS)
    elif metric == "greedy_return":
        strips(figure, rows)
    else:
        curves(figure, rows, metric, plot)


def curves(figure: Figure, rows: "list[Row]", metric: str, plot: Plot) -> None:
    """A curve a row, named where there are several; beside returns of learners what their greedy policies are worth."""
    judged = metric == "return" and any("greedy_value" in row.result.data for row in rows)
    if judged:
        figure.set_size_inches(1.6 * SIZE[0], SIZE[1])
    axes, *right = figure.subplots(1, 1 + judged, squeeze=False)[0]
    few = len(rows) <= len(COLOURS)
    viridis = matplotlib.colormaps["viridis"]
    colours = [COLOURS[i] if few else viridis(i / (len(rows) - 1)) for i in range(len(rows))]
    styles = ["-" if few else STYLES[i % len(STYLES)] for i in range(len(rows))]
    looks = list(zip(rows, colours, styles, strict=True))
    if metric in EPISODIC and plot.window is None and not rows[0].result.settings["episodes"]:
        episodes = min(len(series(row.result, metric)[0]) for row in rows)
        plot = replace(plot, window=max(1, episodes // 20))
    lines = [course(axes, row, metric, plot, colour, style) for row, colour, style in looks]
    against = {str(row.result.data.get("regret_against", "the best arm")) for row in rows}
    if metric == "regret" and against != {"the best arm"}:
        told = "".join(f" against\n{best}" for best in against) if len(against) == 1 else ""
        axes.set_ylabel(f"cumulative regret{told}\n{BANDS[plot.band]}")
    for panel in right:
        shown = np.concatenate([greedy(panel, row, colour, style) for row, colour, style in looks])
        margin = 0.05 * np.ptp(shown) or 1.0
        panel.set_ylim(shown.min() - margin, shown.max() + margin)
        for luck in {row.luck: row for row in rows if "optimum" in row.result.data}.values():
            optimum = float(luck.result.data["optimum"])
            panel.axhline(optimum, color="k", linestyle=":", linewidth=1)
            panel.annotate("optimal", (1, optimum), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        panel.set(xlabel=extent(rows[0]), ylabel="value of the greedy policy\nmedian and quartiles")
    for panel in figure.axes:
        tidy(panel, plot)
    if metric == "regret" and plot.theory and plot.band == "interval" and few:
        bounds(figure, axes, looks)
    if metric in COSTS:
        axes.set_ylim(bottom=min(0.0, axes.dataLim.y0))
    elif metric != "episode_regret":
        focus(axes, lines)
    figure.suptitle(common([row.pooled for row in rows]), fontsize="medium", wrap=True)
    # From the highest curve to the lowest, as the eye meets them at the right edge.
    handles = sorted(lines, key=lambda line: -np.asarray(line.get_ydata())[-1])
    if not few:
        figure.legend(handles=handles, frameon=False, loc="outside right center", fontsize=min(8, 200 / len(rows)))
    elif len(rows) > 1:
        axes.legend(handles=handles, frameon=False)


def bounds(figure: Figure, axes: Axes, looks: "list[tuple[Row, Any, str]]") -> None:
    """What theory says of the regret: bounds on each agent, and on every agent where all are on one environment.

    Those far above the curves are only told, with their value in the end, or that they are no less than the regret of
    the worst arm.
    """
    top, one, several = axes.get_ylim()[1], len({row.luck for row, *_ in looks}) == 1, len(looks) > 1
    found = {
        f"{row.label}: " * (several and not bound.lower) + f"{bound.label}; {bound.source}": (row, bound, colour)
        for row, colour, _ in looks
        for bound in fitting(row.result.settings, row.result.data.get("arm_means"), row.result.data["steps"])
        if one or not bound.lower
    }
    handles, below = [], itertools.cycle([(0, (6, 3)), (0, (3, 1, 1, 1))])
    above = {id(row): itertools.cycle([":", (0, (1, 3))]) for row, *_ in looks}
    for label, (row, bound, colour) in sorted(found.items(), key=lambda item: item[1][1].lower):
        look: dict[str, Any] = {"color": colour, "linestyle": next(above[id(row)]), "linewidth": 1.2}
        if bound.lower:
            look |= {"color": "0.4", "linestyle": next(below)}
        if (last := bound.values[-1]) > FAR * top:
            what = "no less than the worst arm's" if bound.trivial else f"{last:,.0f} in the end"
            look["linestyle"], label = "none", f"{label}: {what}"
        else:
            axes.plot(row.result.data["steps"], bound.values, **look)
        handles.append(Line2D([], [], label=label, **look))
    if handles:
        figure.legend(handles=handles, frameon=False, loc="outside lower left", fontsize="x-small")
        figure.set_figheight(SIZE[1] + 0.17 * len(handles))


def strips(figure: Figure, rows: "list[Row]") -> None:
    """A line a row, from above: what every run's greedy policy returned in the end, their mean and its interval."""
    figure.set_size_inches(SIZE[0], max(1.8, 1.2 + 0.4 * len(rows)))
    axes = figure.subplots()
    for i, row in enumerate(rows):
        outcome, (mean, _, low, high) = row.result.outcome_by(row.metric), row.estimate
        colour = COLOURS[i % len(COLOURS)]
        axes.plot(outcome, np.full(len(outcome), i), "o", color=colour, alpha=0.35, markeredgewidth=0)
        axes.errorbar(mean, i + 0.25, xerr=[[mean - low], [high - mean]], fmt="|", color=colour, capsize=3)
    episodes = rows[0].result.data["greedy_returns"].shape[1]
    axes.set(
        xlabel=f"mean return of {episodes} episodes played greedily in the end\na point a run, mean and 95 % interval"
    )
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    figure.suptitle(common([row.pooled for row in rows]), fontsize="medium", wrap=True)


def course(axes: Axes, row: "Row", metric: str, plot: Plot, colour: Any, style: str) -> Line2D:
    """Mean of the metric over the runs with its band; returns as means of so many episodes, `plot.window`.

    What is told of episodes is drawn against them, or against the steps that the runs were told: of learners that make
    episodes longer, or shorter, one sees who comes how far in the same time.
    """
    label, of = AXES[metric]
    if metric not in EPISODIC or row.result.settings["episodes"]:
        x, y = series(row.result, metric)
        window = min(plot.window or 1, len(x)) if metric in ("return", "length") else 1
        x, y = x[window - 1 :], sliding_window_view(y, window, axis=1).mean(axis=2)
    else:
        window = plot.window or 1 if metric in ("return", "length") else 1
        x, y = by_steps(row.result, metric, window)
    if window > 1:
        of = of.replace("an episode", f"{window} episodes, their mean")
    low, middle, high = about(y, plot)
    [line] = axes.plot(x, middle, style, color=colour, label=row.label, marker="o" if len(x) == 1 else None)
    axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set(xlabel=label or extent(row), ylabel=f"{of}\n{BANDS[plot.band]}")
    return line


def about(y: np.ndarray, plot: Plot) -> Band:
    """A curve of [runs, points], as `plot.band` has it."""
    if plot.band == "quartiles":
        return quantile_band(y)
    mean, _, low, high = estimate(y)
    return Band(low, np.asarray(mean), high)  # type: ignore[arg-type]


def extent(row: "Row") -> str:
    """What the runs of a row were told: so many steps, or episodes."""
    return "episodes" if row.result.settings["episodes"] else "steps"


def greedy(axes: Axes, row: "Row", colour: Any, style: str) -> np.ndarray:
    """Median and quartiles over the runs of what the greedy policy is worth; all that is finite, and the optimum."""
    data = row.result.data
    if "greedy_value" not in data:
        return np.empty(0)
    quartiles = np.quantile(data["greedy_value"], (0.25, 0.5, 0.75), axis=0, method="inverted_cdf")
    low, median, high = np.clip(quartiles, -1e300, 1e300)
    axes.plot(data["greedy_value_at"], np.where(np.isfinite(quartiles[1]), median, np.nan), style, color=colour)
    axes.fill_between(data["greedy_value_at"], low, high, color=colour, alpha=0.2, linewidth=0)
    return np.append(quartiles[np.isfinite(quartiles)], data["optimum"])


def focus(axes: Axes, lines: list[Line2D]) -> None:
    """Leave out how learners begin, where that lies far from the last nine tenths of all curves."""
    curves = [np.asarray(line.get_ydata(), float) for line in lines]
    all, later = np.concatenate(curves), np.concatenate([curve[len(curve) // 10 :] for curve in curves])
    low, high, size = later.min(), later.max(), np.ptp(later)
    if size > 0 and (all.min() < low - size or all.max() > high + size):
        axes.set_ylim(low - size / 10, high + size / 10)


def tidy(axes: Axes, plot: Plot) -> None:
    """Grid, ticks and limits."""
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)
    if plot.log_x:
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
