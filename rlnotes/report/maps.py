"""Finite MDPs as maps: what was learnt beside the optimum, with the numbers of every cell."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, PowerNorm, to_hex

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import short_number
from rlnotes.base.record import Record
from rlnotes.figures.maps import LEARNERS, OF_LEARNERS, OF_PLANS, SYMBOLS, cells_of, extremes
from rlnotes.figures.style import looks, panels
from rlnotes.simulation.result import PLANNED


class Place(NamedTuple):
    """A cell of a map."""

    text: str
    """the action, or the map's own symbol"""
    note: str
    """all numbers of the state, in words; empty at a wall"""
    kind: str
    """state, wall, or blank where no value is shown"""
    paint: str
    """the colours of the value and of the visits, and those of a text on them, as CSS"""


class Map(NamedTuple):
    """A map with its heading."""

    heading: str
    rows: list[list[Place]]


class Maps(NamedTuple):
    """The maps of an environment, with one scale of values."""

    title: str
    """the environment, if there are several"""
    maps: list[Map]
    low: float
    high: float


class Seen(NamedTuple):
    """What is shown of a row, by state [states]; visits and votes are None for a plan."""

    heading: str
    value: np.ndarray
    """NaN where it is unknown"""
    policy: np.ndarray
    visits: np.ndarray | None = None
    votes: np.ndarray | None = None
    """[states, actions], runs whose greedy policy takes the action"""
    q: np.ndarray | None = None
    """[states, actions], Q of run 0; None if it has no such table"""


def maps(rows: Sequence[Row], metric: str) -> Iterator[Maps]:
    """The maps of each environment that has one of at most `SYMBOLS` cells."""
    needed = OF_PLANS if metric in PLANNED else OF_LEARNERS
    for env, group in panels(rows).items():
        shown = [look for look in looks(group) if look.row.result.data.keys() >= needed][:LEARNERS]
        if not shown or shown[0].row.result.data["grid"].size > SYMBOLS:
            continue
        data = shown[0].row.result.data
        if metric in PLANNED:
            seen = [Seen(look.label, look.row.result.data["value"], look.row.result.data["policy"]) for look in shown]
        else:
            seen = [learned(look.label, look.row.result.data) for look in shown]
            seen.append(Seen("optimal", data["optimal_value"], data["optimal_policy"]))
        scale = Normalize(*extremes([cells_of(data, one.value) for one in seen]))
        drawn = [Map(one.heading, places(data, one, scale)) for one in seen]
        yield Maps(env, drawn, float(scale.vmin or 0), float(scale.vmax or 0))


def learned(heading: str, data: Record) -> Seen:
    """What an agent learned; its values are unknown in states that it never visited."""
    visits = data["visits"].sum(axis=0)
    votes = data["greedy_for"].sum(axis=0).reshape(len(visits), -1)
    tables = data.get("learned_q", np.empty(0))
    q = tables[0] if len(tables) and tables.ndim == 3 else None
    return Seen(heading, np.where(visits > 0, data["learned_value"], np.nan), votes.argmax(axis=1), visits, votes, q)


def places(data: Record, seen: Seen, scale: Normalize) -> list[list[Place]]:
    """The cells of a map, line by line."""
    grid, cells = data["grid"], cells_of(data, seen.value)
    visits = np.zeros(len(seen.value)) if seen.visits is None else seen.visits
    shades = PowerNorm(0.5, 0, max(1.0, float(visits.max())))
    lines: list[list[Place]] = []
    for (y, x), state in np.ndenumerate(grid):
        if x == 0:
            lines.append([])
        symbol = str(data["text"][y])[x].replace(".", "")
        if state < 0:
            lines[-1].append(Place("", "", "wall", ""))
            continue
        drawn = bool(np.isfinite(cells[y, x]))
        lines[-1].append(
            Place(
                f"{symbol} {data['actions'][seen.policy[state]]}".strip() if drawn else symbol,
                note(data, seen, int(state)),
                "state" if drawn else "blank",
                paint("value", "viridis", scale(cells[y, x])) + paint("visits", "magma", shades(visits[state]))
                if drawn
                else "",
            )
        )
    return lines


def paint(name: str, colours: str, share: float) -> str:
    """The colour of a share of the scale, and black or white for a text on it, as CSS."""
    return f"--{name}: {to_hex(colormaps[colours](share))}; --{name}-ink: {'#fff' if share < 0.5 else '#000'}; "


def note(data: Record, seen: Seen, state: int) -> str:
    """The numbers of a state in words."""
    parts = [f"state {state}", "no value" if np.isnan(seen.value[state]) else f"V {short_number(seen.value[state])}"]
    if "optimal_value" in data:
        parts.append(f"V* {short_number(data['optimal_value'][state])}")
        parts.append(f"optimal action {data['actions'][data['optimal_policy'][state]]}")
    if seen.visits is not None and seen.votes is not None:
        parts.append(f"{100 * seen.visits[state] / seen.visits.sum():.3g} % of all steps")
        greedy = [f"{action} in {count:,}" for action, count in zip(data["actions"], seen.votes[state], strict=True)]
        parts.append(f"greedy: {', '.join(greedy)} runs")
        if seen.q is not None:
            pairs = zip(data["actions"], seen.q[state], strict=True)
            parts.append(f"Q of run 0: {', '.join(f'{action} {short_number(value)}' for action, value in pairs)}")
    elif "optimal_value" not in data:
        parts.append(f"action {data['actions'][seen.policy[state]]}")
    return " · ".join(parts)
