"""The charts of the page as numbers: curves, convergence of plans, distributions of scores, scores by a setting."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any, TypedDict

import numpy as np

from rlnotes.analysis.comparison_row import Row
from rlnotes.figures.bounds import bounds_by_label, slope
from rlnotes.figures.curves import curve_of, greedy_quartiles, time_axis, with_window
from rlnotes.figures.outcomes import SCORES, WIDE, swept, swept_setting
from rlnotes.figures.plans import FLOOR
from rlnotes.figures.style import COLOURS, looks, panels
from rlnotes.settings import Plot
from rlnotes.simulation.result import COSTS, EVALUATIONS, PLANNED, known

POINTS = 200
"""points of a line, at most"""
ALL_POINTS = 12_000
"""points of all lines of a chart, so that the page stays small"""
MOST = 30
"""rows up to which their bounds are lines too"""
DIGITS = 6
"""significant digits of a point"""
BLACK = "#000000"
"""the colour that takes the colour of the text, which a dark page turns white"""
DASHES = {"-": [], "--": [3.7, 1.6], "-.": [6.4, 1.6, 1.0, 1.6], ":": [1.0, 1.65]}
"""dashes and gaps of matplotlib's line styles, in widths of the line"""


class Line(TypedDict):
    """A line of a chart; points that are not known are null."""

    label: str
    colour: str
    dash: list[float]
    """lengths of dashes and gaps; none for a solid line"""
    bound: bool
    """whether it is a bound, which is not shown at first"""
    x: list[float | None]
    y: list[float | None]
    low: list[float | None]
    """lower end of the band; empty without a band"""
    high: list[float | None]


class Chart(TypedDict):
    """A chart of the page."""

    kind: str
    """what it shows, the heading of its section"""
    title: str
    """the environment, if there are several"""
    across: str
    up: str
    log_x: bool
    log_y: bool
    steps: bool
    """whether lines go up in steps"""
    from_zero: bool
    """whether 0 is on the vertical axis"""
    lines: list[Line]


def charts(rows: Sequence[Row], metric: str, plot: Plot) -> Iterator[Chart]:
    """The charts of the rows of one metric."""
    for env, group in panels(rows).items():
        if metric in PLANNED:
            yield convergence(env, group)
        elif metric not in EVALUATIONS:
            yield curves(env, group, metric, with_window(plot, group, metric))
    for env, group in panels(rows).items():
        if metric == "return" and any("greedy_value" in row.result.data for row in group):
            yield greedy_values(env, group)
    for env, group in panels(rows).items():
        if metric not in PLANNED:
            yield distribution(env, group, metric)
    if metric not in PLANNED and (key := swept_setting(rows)):
        yield against(rows, metric, key)


def curves(env: str, rows: Sequence[Row], metric: str, plot: Plot) -> Chart:
    """A curve with its band for each row of an environment, and the bounds on regret."""
    lines, shown = [], looks(rows)
    for look in shown:
        x, band, across, up = curve_of(look.row, metric, plot)
        lines.append(line_of(look.label, look.colour, look.line_style, x, band.middle, band.low, band.high))
    if metric == "regret" and plot.theory and len(rows) <= MOST:
        lowest = min(float(row.result.data["regret"][:, -1].mean()) for row in rows)
        for label, (look, bound) in bounds_by_label(shown).items():
            n, colour = look.row.result.data["steps"], BLACK if bound.lower else look.colour
            moved = slope(label, n, bound.values, lowest) if bound.about == "slope" else (label, bound.values)
            if moved:
                lines.append(line_of(moved[0], colour, ":", n, moved[1]) | {"bound": True})
    up = up.replace("\n", ", ")
    return chart_of("Curves", env, across, up, lines, log_x=plot.log_x, from_zero=metric in COSTS)


def greedy_values(env: str, rows: Sequence[Row]) -> Chart:
    """The exact values of the greedy policies, median and quartiles over the runs, and the optimum."""
    known_ones = [look for look in looks(rows) if "greedy_value" in look.row.result.data]
    lines = []
    for look in known_ones:
        low, median, high = greedy_quartiles(look.row)
        x = look.row.result.data["greedy_value_at"]
        lines.append(line_of(look.label, look.colour, look.line_style, x, median, low, high))
    optimum, ends = known_ones[0].row.result.data["optimum"], np.array([x[0], x[-1]])
    lines.append(line_of("optimal", BLACK, ":", ends, np.full(2, optimum)))
    up = "value of the greedy policy, median and quartiles"
    return chart_of("Values of the greedy policies", env, time_axis(rows[0]), up, lines)


def convergence(env: str, rows: Sequence[Row]) -> Chart:
    """Half the span of T V − V, and of V − V*, after each round of planning."""
    lines = [
        line_of(f"{row.label}: {name}", colour, style, row.result.data["at_sweep"], np.maximum(values, FLOOR))
        for row, colour in zip(rows, cycle(COLOURS), strict=False)
        for name, style, values in (
            ("T V − V", "-", row.result.data["residual"]),
            ("V − V*", "--", row.result.data["error"]),
        )
    ]
    return chart_of("Convergence", env, "sweeps", "half the span over all states", lines, log_y=True)


def distribution(env: str, rows: Sequence[Row], metric: str) -> Chart:
    """The share of runs with at most each score."""
    lines = []
    for look in looks(rows):
        scores = np.sort(known(look.row.result.outcome_by(metric)))
        at = thinned(len(scores), POINTS // 2)
        x, share = np.append(scores[:1], scores[at]), np.append(0, (at + 1) / len(scores))
        lines.append(line_of(look.label, look.colour, look.line_style, x, share))
    return chart_of("Final scores", env, SCORES[metric], "share of runs, with at most this score", lines, steps=True)


def against(rows: Sequence[Row], metric: str, key: str) -> Chart:
    """The final score against the swept setting `key`; a level line where `key` is not numeric."""
    lines, groups = [], list(swept(rows, key))
    all_x = [x for group in groups for x, _ in group.numbered]
    ends = np.array([min(all_x), max(all_x)])
    for group in groups:
        if group.numbered:
            mean, _, low, high = np.array([row.estimate for _, row in group.numbered]).T
            x = np.array([at for at, _ in group.numbered])
            lines.append(line_of(group.name, group.colour, "-", x, mean, low, high))
        for label, row in group.others:
            mean, low, high = (np.full(2, value) for value in (row.estimate.mean, row.estimate.low, row.estimate.high))
            lines.append(line_of(label, group.colour, "--", ends, mean, low, high))
    log = ends[0] > 0 and ends[1] > WIDE * ends[0]
    up = f"{SCORES[metric]}, mean and 95 % interval"
    return chart_of(f"Score by {key}", "", key, up, lines, log_x=bool(log), from_zero=metric in COSTS)


def chart_of(
    kind: str,
    title: str,
    across: str,
    up: str,
    lines: list[Line],
    log_x: bool = False,
    log_y: bool = False,
    steps: bool = False,
    from_zero: bool = False,
) -> Chart:
    """A chart; many lines have fewer points each."""
    most = max(2, ALL_POINTS // len(lines))
    for one in lines:
        at = thinned(len(one["x"]), most)
        for key in ("x", "y", "low", "high"):
            one[key] = [one[key][i] for i in at] if one[key] else []
    return Chart(
        kind=kind,
        title=title,
        across=across,
        up=up,
        log_x=log_x,
        log_y=log_y,
        steps=steps,
        from_zero=from_zero,
        lines=lines,
    )


def line_of(
    label: str,
    colour: str,
    style: Any,
    x: np.ndarray,
    y: np.ndarray,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
) -> Line:
    """A line with at most `POINTS` points, and its band."""
    at = thinned(len(x), POINTS)
    return Line(
        label=label,
        colour="currentColor" if colour == BLACK else colour,
        dash=dashes(style),
        bound=False,
        x=numbers(x[at]),
        y=numbers(y[at]),
        low=[] if low is None else numbers(low[at]),
        high=[] if high is None else numbers(high[at]),
    )


def thinned(size: int, most: int) -> np.ndarray:
    """Indices of at most so many points, the first and the last among them; enough at the start for a log axis."""
    if size <= most:
        return np.arange(size)
    early = np.geomspace(1, size, most // 2) - 1
    return np.unique(np.append(early, np.linspace(0, size - 1, most // 2)).astype(int))


def numbers(values: np.ndarray) -> list[float | None]:
    """Numbers for the page, null where they are not finite."""
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values.tolist()]


def dashes(style: Any) -> list[float]:
    """The dashes and gaps of a line style of matplotlib, in widths of the line."""
    return list(style[1]) if isinstance(style, tuple) else DASHES[style]
