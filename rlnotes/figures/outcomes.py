"""Final outcomes of runs: their distribution, and how they depend on a setting."""

import json
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import flat, labels, named
from rlnotes.analysis.statistics import performance_profile
from rlnotes.figures.style import COLOURS, SIZE, frame, title
from rlnotes.simulation.result import COSTS

WIDE = 20.0
"""ratio of the largest to the smallest swept number above which the axis is logarithmic"""
MANY = 7
"""lines above which the legend stands outside"""


def strips(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw a strip per row: a point per run for its return after learning, the mean and its interval."""
    figure.set_size_inches(SIZE[0], max(1.8, 1.2 + 0.4 * len(rows)))
    axes = figure.subplots()
    for i, row in enumerate(rows):
        outcome, (mean, _, low, high) = row.result.outcome_by(row.metric), row.estimate
        colour = COLOURS[i % len(COLOURS)]
        axes.plot(outcome, np.full(len(outcome), i), "o", color=colour, alpha=0.35, markeredgewidth=0)
        axes.errorbar(mean, i + 0.25, xerr=[[mean - low], [high - mean]], fmt="|", color=colour, capsize=3)
    policy, episodes = (rows[0].settings[f"evaluation_{part}"] for part in ("policy", "episodes"))
    axes.set(
        xlabel=f"mean return of {episodes} {policy} episodes after learning\na point per run, mean and 95 % interval"
    )
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    frame(axes)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    title(figure, rows)


def profile(figure: Figure, rows: Sequence[Row]) -> None:
    """Draw the cumulative distribution of the final regret over the runs, with a 95 % band for the whole curve."""
    axes = figure.subplots()
    outcomes = [row.result.outcome_by(rows[0].metric) for row in rows]
    all_runs = np.concatenate(outcomes)
    margin = 0.03 * np.ptp(all_runs) or 1.0
    x = np.unique(np.quantile(all_runs, np.linspace(0, 1, 400)))
    x = np.array([x[0] - margin, *x, x[-1] + margin])
    for row, outcome, colour in zip(rows, outcomes, COLOURS, strict=False):
        low, share, high = performance_profile(-outcome, -x)
        axes.plot(x, share, color=colour, label=row.label, drawstyle="steps-post")
        own = (x >= outcome.min()) & (x <= outcome.max())
        axes.fill_between(x, low, high, where=own, color=colour, alpha=0.2, linewidth=0, step="post")
    axes.set(xlabel="regret of a run", ylabel="share of runs with at most this regret")
    axes.legend(frameon=False)
    frame(axes)
    title(figure, rows)


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
    others = {json.dumps(other): other for other in (without(row.settings, key) for row in rows)}
    for other, name, colour in zip(others, labels(list(others.values())), cycle(COLOURS), strict=False):
        draw_swept(axes, [row for row in rows if json.dumps(without(row.settings, key)) == other], key, name, colour)
    numbers = [number(flat(row.settings), key) for row in rows]
    if np.nanmin(numbers) > 0 and np.nanmax(numbers) > WIDE * np.nanmin(numbers):
        axes.set_xscale("log")
    axes.set(xlabel=key, ylabel=f"{rows[0].metric} in the end\nmean and 95 % interval")
    if rows[0].metric in COSTS:
        axes.set_ylim(bottom=min(0.0, axes.dataLim.y0))
    if len(axes.lines) > MANY:
        figure.legend(frameon=False, loc="outside right center", fontsize="x-small")
    elif len(axes.lines) > 1:
        axes.legend(frameon=False)
    frame(axes)
    title(figure, rows)


def draw_swept(axes: Axes, rows: Sequence[Row], key: str, name: str, colour: str) -> None:
    """Draw the rows that differ only in the setting `key`."""
    values = [(flat(row.settings), row) for row in rows]
    numbered = sorted(
        ((number(settings, key), row) for settings, row in values if not np.isnan(number(settings, key))),
        key=lambda one: one[0],
    )
    if numbered:
        x = [at for at, _ in numbered]
        mean, _, low, high = np.array([row.estimate for _, row in numbered]).T
        axes.plot(x, mean, "o-", markersize=3, color=colour, label=name)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    for settings, row in values:
        if np.isnan(number(settings, key)):
            label = f"{name}, {named(key, settings[key])}" if key in settings else name
            axes.axhline(row.estimate.mean, color=colour, linestyle="--" if numbered else "-", label=label)


def without(settings: dict[str, Any], key: str) -> dict[str, Any]:
    """Settings without one of them."""
    group, dot, setting = key.partition(".")
    if not dot:
        return {**settings, key: None, "runs": None}
    return {**settings, "runs": None, "inferred": {}, group: {k: v for k, v in settings[group].items() if k != setting}}
