"""Figures of what runs came to in the end: how they differ, and how that changes with a setting."""

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlnotes.labels import common, flat, labels
from rlnotes.results import COSTS
from rlnotes.statistics import performance_profile

if TYPE_CHECKING:
    from rlnotes.row import Row

WIDE = 20.0
"""ratio of the largest to the least number of a sweep from which its axis is logarithmic"""


def profile(figure: Figure, rows: "list[Row]", colours: tuple[str, ...]) -> None:
    """The share of the runs that did as well as x, for all x, with a 95 % band for the whole curve."""
    axes = figure.subplots()
    sign, metric = (-1, rows[0].metric) if rows[0].metric in COSTS else (1, rows[0].metric)
    outcomes = [row.result.outcome_by(metric) for row in rows]
    x = np.unique(np.quantile(np.concatenate(outcomes), np.linspace(0, 1, 400)))
    for row, outcome, colour in zip(rows, outcomes, colours, strict=False):
        low, share, high = performance_profile(sign * outcome, sign * x)
        axes.plot(x, share, color=colour, label=row.label, drawstyle="steps-post")
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0, step="post")
    axes.set(xlabel=f"{metric} of a run", ylabel=f"share of the runs with so {'little' if sign < 0 else 'much'}")
    axes.legend(frameon=False)
    finish(figure, axes, rows)


def swept(rows: "list[Row]") -> str | None:
    """The setting that takes the most numbers among the rows, three at least; None where there is none."""
    numbers: dict[str, set[float]] = {}
    for settings in (flat(row.pooled) for row in rows):
        for key, value in settings.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and key != "runs":
                numbers.setdefault(key, set()).add(float(value))
    most = max(numbers, key=lambda key: len(numbers[key]), default=None)
    return most if most and len(numbers[most]) > 2 else None


def sweep(figure: Figure, rows: "list[Row]", key: str, colours: tuple[str, ...]) -> None:
    """What came of it in the end against the setting `key`; level lines are of those that have no such number."""
    axes = figure.subplots()
    others = {json.dumps(other): other for other in (without(row.pooled, key) for row in rows)}
    names = labels(list(others.values()))
    for other, name, colour in zip(others, names, cycle(colours), strict=False):
        series = [row for row in rows if json.dumps(without(row.pooled, key)) == other]
        numbers = np.array([flat(row.pooled).get(key) for row in series], float)
        order = np.argsort(numbers)
        mean, _, low, high = np.array([row.estimate for row in series])[order].T
        if np.isnan(numbers).all():
            axes.axhline(mean[0], color=colour, label=name)
        else:
            axes.plot(numbers[order], mean, "o-", markersize=3, color=colour, label=name)
            axes.fill_between(numbers[order], low, high, color=colour, alpha=0.2, linewidth=0)
    numbers = np.array([flat(row.pooled).get(key) for row in rows], float)
    if np.nanmin(numbers) > 0 and np.nanmax(numbers) > WIDE * np.nanmin(numbers):
        axes.set_xscale("log")
    axes.set(xlabel=key.rpartition(".")[2], ylabel=f"{rows[0].metric} in the end\nmean and 95 % interval")
    if rows[0].metric in COSTS:
        axes.set_ylim(bottom=0)
    if len(others) > 1:
        axes.legend(frameon=False)
    finish(figure, axes, rows)


def without(settings: dict[str, Any], key: str) -> dict[str, Any]:
    """Settings without one of them."""
    group, _, setting = key.rpartition(".")
    if not group:
        return {**settings, setting: None, "runs": None}
    return {**settings, "runs": None, group: {k: v for k, v in settings[group].items() if k != setting}}


def finish(figure: Figure, axes: Axes, rows: "list[Row]") -> None:
    """Grid, frame and title."""
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(common([row.pooled for row in rows]), fontsize="medium", wrap=True)
