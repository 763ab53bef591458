"""Figures of what runs came to in the end: how they differ, and how that changes with a setting."""

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlnotes.analysis.labels import common, flat, labels, named
from rlnotes.analysis.statistics import performance_profile
from rlnotes.simulation.result import COSTS

if TYPE_CHECKING:
    from rlnotes.analysis.comparison_row import Row

WIDE = 20.0
"""ratio of the largest to the least number of a sweep from which its axis is logarithmic"""
MANY = 7
"""lines up to which a legend is among them"""


def profile(figure: Figure, rows: "list[Row]", colours: tuple[str, ...]) -> None:
    """The share of the runs whose regret was at most x, for all x, with a 95 % band for the whole curve."""
    axes = figure.subplots()
    outcomes = [row.result.outcome_by(rows[0].metric) for row in rows]
    all_runs = np.concatenate(outcomes)
    margin = 0.03 * np.ptp(all_runs) or 1.0
    x = np.unique(np.quantile(all_runs, np.linspace(0, 1, 400)))
    x = np.array([x[0] - margin, *x, x[-1] + margin])
    for row, outcome, colour in zip(rows, outcomes, colours, strict=False):
        low, share, high = performance_profile(-outcome, -x)
        axes.plot(x, share, color=colour, label=row.label, drawstyle="steps-post")
        own = (x >= outcome.min()) & (x <= outcome.max())
        axes.fill_between(x, low, high, where=own, color=colour, alpha=0.2, linewidth=0, step="post")
    axes.set(xlabel="regret of a run", ylabel="share of the runs with so little")
    axes.legend(frameon=False)
    finish(figure, axes, rows)


def swept(rows: "list[Row]") -> str | None:
    """The setting that takes the most numbers, three or more, of one agent on one environment; None where none does."""
    numbers: dict[tuple[str, str, str], set[float]] = {}
    for settings in (flat(row.pooled) for row in rows):
        for key in settings.keys() - {"runs"}:
            if not np.isnan(value := number(settings, key)):
                numbers.setdefault((key, settings["agent"], settings["env"]), set()).add(value)
    most = max(numbers, key=lambda which: (len(numbers[which]), which), default=None)
    return most[0] if most and len(numbers[most]) > 2 else None


def number(settings: dict[str, Any], key: str) -> float:
    """A setting that is a number; NaN where it is none."""
    value = settings.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def sweep(figure: Figure, rows: "list[Row]", key: str, colours: tuple[str, ...]) -> None:
    """What came of it in the end against the setting `key`; level lines are of those for which that is no number."""
    axes = figure.subplots()
    others = {json.dumps(other): other for other in (without(row.pooled, key) for row in rows)}
    names = labels(list(others.values()))
    for other, name, colour in zip(others, names, cycle(colours), strict=False):
        series = [(flat(row.pooled), row) for row in rows if json.dumps(without(row.pooled, key)) == other]
        numbered = sorted(
            ((number(settings, key), row) for settings, row in series if not np.isnan(number(settings, key))),
            key=lambda one: one[0],
        )
        if numbered:
            x = [at for at, _ in numbered]
            mean, _, low, high = np.array([row.estimate for _, row in numbered]).T
            axes.plot(x, mean, "o-", markersize=3, color=colour, label=name)
            axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        for settings, row in series:
            if np.isnan(number(settings, key)):
                label = f"{name}, {named(key, settings[key])}" if key in settings else name
                axes.axhline(row.estimate.mean, color=colour, linestyle="--" if numbered else "-", label=label)
    numbers = [number(flat(row.pooled), key) for row in rows]
    if np.nanmin(numbers) > 0 and np.nanmax(numbers) > WIDE * np.nanmin(numbers):
        axes.set_xscale("log")
    axes.set(xlabel=key, ylabel=f"{rows[0].metric} in the end\nmean and 95 % interval")
    if rows[0].metric in COSTS:
        axes.set_ylim(bottom=min(0.0, axes.dataLim.y0))
    if len(axes.lines) > MANY:
        figure.legend(frameon=False, loc="outside right center", fontsize="x-small")
    elif len(axes.lines) > 1:
        axes.legend(frameon=False)
    finish(figure, axes, rows)


def without(settings: dict[str, Any], key: str) -> dict[str, Any]:
    """Settings without one of them."""
    group, dot, setting = key.partition(".")
    if not dot:
        return {**settings, key: None, "runs": None}
    return {**settings, "runs": None, group: {k: v for k, v in settings[group].items() if k != setting}}


def finish(figure: Figure, axes: Axes, rows: "list[Row]") -> None:
    """Grid, frame and title."""
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(common([row.pooled for row in rows]), fontsize="medium", wrap=True)
