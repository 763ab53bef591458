"""The look of all figures: sizes, colours, frames, titles, panels."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import heading, labels

SIZE = (6.4, 4.0)
"""inches: half a page"""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito's colours for colour-blind readers, without the yellow, which is too pale on white paper"""
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
APART = ("-", "--", "-.", (0, (6, 1, 1, 1, 1, 1)), (0, (10, 3)), (0, (2, 1)), (0, (4, 1, 4, 1, 1, 1)))
"""line styles beside the colours, so that lines differ in grey too; none is that of a bound"""
COLUMNS = 3
"""panels beside each other, at most"""
WIDTHS, HEIGHT = (1, 1.6, 2.2), 0.85
"""width of a figure by its columns, and height of each of several lines of panels, in units of `SIZE`"""


class Look(NamedTuple):
    """How a row is drawn."""

    row: Row
    label: str
    colour: str
    line_style: Any


def looks(rows: Sequence[Row]) -> list[Look]:
    """A look for each row, with the settings in which the rows differ as its label.

    Each environment has a panel, and an agent looks the same in all panels. The colour stands for the agent and the
    line style for its settings. If each agent has one look, or there is a single agent, colour and line style stand for
    the look. More looks than colours differ in the line style alone.
    """
    groups = same_agents(rows)
    env = rows[0].result.settings["env"]
    names = labels([{**group[0].result.settings, "env": env, "inferred": inferred(group)} for group in groups])
    agents = [group[0].result.settings["agent"]["name"] for group in groups]
    kinds = list(dict.fromkeys(agents))
    apart = len(groups) <= len(COLOURS) and len(kinds) in (1, len(groups))
    by_agent = 1 < len(kinds) <= len(COLOURS) and max(map(agents.count, kinds)) <= len(LINE_STYLES)
    shown: dict[int, Look] = {}
    for i, (group, name, agent) in enumerate(zip(groups, names, agents, strict=True)):
        colour, style = (kinds.index(agent), agents[:i].count(agent)) if by_agent else (i, i // len(COLOURS))
        line_style = APART[i] if apart else LINE_STYLES[style % len(LINE_STYLES)]
        shown |= {id(row): Look(row, name, COLOURS[colour % len(COLOURS)], line_style) for row in group}
    return [shown[id(row)] for row in rows]


def same_agents(rows: Sequence[Row]) -> list[list[Row]]:
    """Group the rows by agent. A group has at most one row of each environment."""
    groups: dict[tuple[str, int], list[Row]] = {}
    seen = Counter[tuple[str, str]]()
    for row in rows:
        agent, env = (json.dumps(row.result.settings[group]) for group in ("agent", "env"))
        groups.setdefault((agent, seen[agent, env]), []).append(row)
        seen[agent, env] += 1
    return list(groups.values())


def inferred(rows: Sequence[Row]) -> dict[str, Any]:
    """The settings that the agent of all rows took from each of their environments with the same value."""
    first, *others = [row.result.settings.get("inferred") or {} for row in rows]
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}


def looks_by_panel(rows: Sequence[Row]) -> dict[str, list[Look]]:
    """The looks of the rows of each environment, by the settings in which the environments differ."""
    look_of = {id(look.row): look for look in looks(rows)}
    return {env: [look_of[id(row)] for row in group] for env, group in panels(rows).items()}


def panels(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each environment, by the settings in which the environments differ."""
    by_env: dict[str, list[Row]] = {}
    for row in rows:
        by_env.setdefault(str(row.settings["env"]), []).append(row)
    same = rows[0].settings
    names = labels([{**same, "env": group[0].settings["env"], "inferred": {}} for group in by_env.values()])
    return dict(zip(names if len(by_env) > 1 else [""], by_env.values(), strict=True))


def panel_grid(figure: Figure, envs: Sequence[str], axes_each: int = 1) -> np.ndarray:
    """A panel of `axes_each` axes for each environment, with its name above: axes [environments, axes_each].

    Panels with a single axes stand beside each other, those with two below each other.
    """
    columns = 1 if axes_each > 1 else min(len(envs), COLUMNS)
    lines, across = ceil(len(envs) / columns), columns * axes_each
    figure.set_size_inches(SIZE[0] * WIDTHS[across - 1], SIZE[1] * (1 if lines == 1 else HEIGHT * lines))
    grid = figure.subplots(lines, across, squeeze=False).reshape(-1, axes_each)
    for axes, env in zip(grid[:, 0], envs, strict=False):
        axes.set_title(env, fontsize="medium")
    for axes in grid[len(envs) :].flat:
        axes.set_axis_off()
    return grid[: len(envs)]


def name_once(panels: Iterable[Axes]) -> None:
    """Leave out the name of a vertical axis if the panel at its left has the same."""
    for left, right in reversed(list(pairwise(panels))):
        place = right.get_subplotspec()
        if place and not place.is_first_col() and right.get_ylabel() == left.get_ylabel():
            right.set_ylabel("")


def title(figure: Figure, rows: Sequence[Row]) -> None:
    """Write above a figure what it shows, and the settings that were chosen."""
    what, chosen = heading([row.settings for row in rows])
    figure.suptitle(f"{what}\n{chosen}" if what else chosen, fontsize="medium", wrap=True)


def frame(axes: Axes) -> None:
    """Draw a light grid, and axes only at the left and below."""
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def count_axis(axes: Axes, log: bool) -> None:
    """Let the horizontal axis count steps or episodes from edge to edge, and write numbers with commas."""
    axes.margins(x=0)
    if log:
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
