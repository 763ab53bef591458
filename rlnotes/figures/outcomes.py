"""Final outcomes of runs: their distribution, and how they depend on a setting."""

import json
from collections.abc import Iterator, Sequence
from itertools import cycle
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import flat, labels, named
from rlnotes.analysis.statistics import performance_profile
from rlnotes.figures.legends import legend
from rlnotes.figures.style import (
    COLOURS,
    SIZE,
    Look,
    frame,
    looks,
    looks_by_panel,
    name_once,
    panel_grid,
    panels,
    title,
)
from rlnotes.simulation.estimate import Estimate
from rlnotes.simulation.result import COSTS, known

WIDE = 20.0
"""ratio of the largest to the smallest swept number above which the axis is logarithmic"""
WORDS = 40
"""letters of a line in the name of an axis, at most"""
POINTS = 100
"""runs up to which each run has a point"""
SCORES = {
    "regret": "regret of a run in the end",
    "rmse": "error of V, mean over a run",
    "return": "return, mean over all episodes of a run",
    "greedy_return": "return of greedy episodes after learning",
    "sampled_return": "return of episodes after learning, played as while learning",
}
"""what the score of a run is, by metric"""


def scores(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw the score of each row, the mean and its interval, and beside it how often the row beats the best row.

    A point is a run, if there are at most `POINTS`. There is a pair of panels for each environment.
    """
    by_env = panels(rows)
    heights = [0.6 + 0.4 * len(group) for group in by_env.values()]
    compared = any(row.beats_best for row in rows)
    figure.set_size_inches(SIZE[0] * (1.3 if compared else 1), 0.9 + sum(heights))
    grid = figure.subplots(
        len(by_env), 1 + compared, squeeze=False, height_ratios=heights, width_ratios=[2, 1][: 1 + compared]
    )
    for line, (env, group) in zip(grid, by_env.items(), strict=True):
        shown = looks(group)
        intervals(line[0], shown)
        line[0].set_title(env, fontsize="medium")
        if compared:
            chances(line[1], shown)
    grid[-1, 0].set_xlabel(score_name(rows[0].metric))
    if compared:
        grid[-1, 1].set_xlabel("probability of beating\nthe best, 95 % interval")
    title(figure, rows)


def score_name(metric: str) -> str:
    """The name of the axis of mean scores, in lines that fit beside a small panel."""
    return f"{fill(SCORES[metric], WORDS)}\nmean and 95 % interval"


def intervals(axes: Axes, shown: Sequence[Look]) -> None:
    """Draw the mean of each row with its interval, and a point per run if they are few."""
    for i, look in enumerate(shown):
        outcome = known(look.row.result.outcome_by(look.row.metric))
        if len(outcome) <= POINTS:
            points = np.full(len(outcome), i + 0.2)
            axes.plot(outcome, points, "o", color=look.colour, alpha=0.3, markersize=4, markeredgewidth=0)
        interval(axes, i, look.row.estimate, look.colour)
    axes.set_yticks(range(len(shown)), [look.label for look in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    frame(axes)


def interval(axes: Axes, at: float, estimate: Estimate, colour: str) -> None:
    """Draw a mean and its interval as a horizontal line."""
    axes.plot([estimate.low, estimate.high], [at, at], "|-", color=colour)
    axes.plot(estimate.mean, at, "o", color=colour, markersize=4)


def chances(axes: Axes, shown: Sequence[Look]) -> None:
    """Draw the probability that a run of each row does better than the paired run of the best row."""
    axes.axvline(0.5, color="0.4", linestyle=":", linewidth=1)
    for i, look in enumerate(shown):
        if look.row.best:
            axes.text(0.5, i, "best", ha="center", va="center", backgroundcolor="w")
        elif look.row.beats_best:
            interval(axes, i, look.row.beats_best, look.colour)
    axes.set_yticks(range(len(shown)), [])
    axes.set(xlim=(0, 1), ylim=(len(shown) - 0.5, -0.5))
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    frame(axes)


def profile(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw the cumulative distribution of the final regret over the runs, with a panel per environment."""
    by_env = looks_by_panel(rows)
    grid = panel_grid(figure, list(by_env))
    for [axes], shown in zip(grid, by_env.values(), strict=True):
        distributions(axes, shown)
    name_once(grid[:, 0])
    legend(figure, grid[:, 0])
    title(figure, rows)


def distributions(axes: Axes, shown: Sequence[Look]) -> None:
    """Draw the share of runs with at most each regret, with a 95 % band for the whole curve."""
    outcomes = [look.row.result.outcome_by(look.row.metric) for look in shown]
    all_runs = np.concatenate(outcomes)
    margin = 0.03 * np.ptp(all_runs) or 1.0
    x = np.unique(np.quantile(all_runs, np.linspace(0, 1, 400)))
    x = np.array([x[0] - margin, *x, x[-1] + margin])
    for look, outcome in zip(shown, outcomes, strict=True):
        low, share, high = performance_profile(-outcome, -x)
        axes.plot(x, share, linestyle=look.line_style, color=look.colour, label=look.label, drawstyle="steps-post")
        own = (x >= outcome.min()) & (x <= outcome.max())
        axes.fill_between(x, low, high, where=own, color=look.colour, alpha=0.2, linewidth=0, step="post")
    axes.set(xlabel="regret of a run", ylabel="share of runs with at most this regret")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    frame(axes)


def swept_setting(rows: Sequence[Row]) -> str | None:
    """The setting with the most numbers for one agent on one environment; None if no setting has three numbers."""
    numbers: dict[tuple[str, str, str], set[float]] = {}
    for settings in (flat(row.settings) for row in rows):
        for key in settings.keys() - {"runs"}:
            if not np.isnan(value := number(settings, key)):
                numbers.setdefault((key, settings["agent"], settings["env"]), set()).add(value)
    most = max(numbers, key=lambda swept: (len(numbers[swept]), swept), default=None)
    return most[0] if most and len(numbers[most]) > 2 else None


def number(settings: dict[str, Any], key: str) -> float:
    """A setting that is a number; NaN for any other."""
    value = settings.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def sweep(figure: Figure, rows: Sequence[Row], key: str) -> None:
    """Draw the final score against the swept setting `key`; rows where `key` is not numeric become horizontal lines."""
    axes = figure.subplots()
    for group in swept(rows, key):
        draw_swept(axes, group)
    numbers = [number(flat(row.settings), key) for row in rows]
    if np.nanmin(numbers) > 0 and np.nanmax(numbers) > WIDE * np.nanmin(numbers):
        axes.set_xscale("log")
    elif all(value == int(value) for value in numbers if not np.isnan(value)):
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    axes.set(xlabel=key, ylabel=score_name(rows[0].metric))
    if rows[0].metric in COSTS:
        axes.set_ylim(bottom=min(0.0, axes.dataLim.y0))
    legend(figure, [axes])
    frame(axes)
    title(figure, rows)


class Swept(NamedTuple):
    """Rows that differ only in the swept setting."""

    name: str
    colour: str
    numbered: list[tuple[float, Row]]
    """the rows by the number that the setting takes, the smallest first"""
    others: list[tuple[str, Row]]
    """the rows where it is not numeric, by label"""


def swept(rows: Sequence[Row], key: str) -> Iterator[Swept]:
    """The groups of rows that differ only in the setting `key`."""
    others = {json.dumps(other): other for other in (without(row.settings, key) for row in rows)}
    for other, name, colour in zip(others, labels(list(others.values())), cycle(COLOURS), strict=False):
        group = [(flat(row.settings), row) for row in rows if json.dumps(without(row.settings, key)) == other]
        values = [(number(settings, key), row) for settings, row in group]
        numbered = sorted((one for one in values if not np.isnan(one[0])), key=lambda one: one[0])
        rest = [
            (f"{name}, {named(key, settings[key])}" if key in settings else name, row)
            for settings, row in group
            if np.isnan(number(settings, key))
        ]
        yield Swept(name, colour, numbered, rest)


def draw_swept(axes: Axes, group: Swept) -> None:
    """Draw the rows that differ only in the swept setting."""
    if group.numbered:
        x = [at for at, _ in group.numbered]
        mean, _, low, high = np.array([row.estimate for _, row in group.numbered]).T
        axes.plot(x, mean, "o-", markersize=3, color=group.colour, label=group.name)
        axes.fill_between(x, low, high, color=group.colour, alpha=0.2, linewidth=0)
    for label, row in group.others:
        style = "--" if group.numbered else "-"
        axes.axhline(row.estimate.mean, color=group.colour, linestyle=style, label=label)


def without(settings: dict[str, Any], key: str) -> dict[str, Any]:
    """Settings without one of them."""
    group, dot, setting = key.partition(".")
    if not dot:
        return {**settings, key: None, "runs": None}
    return {**settings, "runs": None, "inferred": {}, group: {k: v for k, v in settings[group].items() if k != setting}}
