"""The table of a comparison."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import plus_minus
from rlnotes.simulation.result import PLANNED

HEADINGS = {
    "start_value": "value from the start",
    "bound": "error bound",
    "policy_optimal": "policy",
    "difference_mean": "paired difference",
    "beats_best_mean": "beats it",
    "steps_per_second": "steps a second",
}
"""headings, where the words differ from the name of the column in comparison.csv"""
LABEL = 26
"""characters up to which a label stays on one line"""


def table(rows: Sequence[Row], metric: str, width: int) -> Table:
    """The table of the rows of one metric, for a terminal with so many columns.

    In a narrow terminal headings have several lines, and there is no frame, so that numbers stay whole. If that is
    still too wide, each row becomes a column.
    """
    shown = columns_of(rows, metric)
    if sum(max(map(len, (heading, *cells))) + 3 for heading, cells in shown.items()) < width:
        made = Table()
        for heading in shown:
            made.add_column(heading, justify="right" if heading else "left")
        for i, cells in enumerate(zip(*shown.values(), strict=True)):
            last_of_pairing = i + 1 < len(rows) and rows[i].pairing != rows[i + 1].pairing
            made.add_row(*cells, end_section=last_of_pairing and any(row.best for row in rows))
        return made
    turned = {"": [*shown][1:]} | {label: [*cells] for label, *cells in zip(*shown.values(), strict=True)}
    return narrow(turned if breadth(shown) > width >= breadth(turned) else shown, width)


def narrow(columns: dict[str, list[str]], width: int) -> Table:
    """A table without a frame; headings have several lines, and labels too if need be."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, cells in columns.items():
        whole = breadth(columns) <= width or (not heading and max(map(len, cells)) <= LABEL)
        lines = fill(heading, longest(heading, cells))
        made.add_column(lines, justify="right" if heading else "left", overflow="fold", no_wrap=whole)
    for line in zip(*columns.values(), strict=True):
        made.add_row(*line)
    return made


def longest(heading: str, cells: list[str]) -> int:
    """The characters of the longest cell, or of the longest word of the heading."""
    return max(map(len, (*cells, *heading.split())))


def breadth(columns: dict[str, list[str]]) -> int:
    """The width of a narrow table whose cells have one line."""
    return sum(longest(heading, cells) + 2 for heading, cells in columns.items())


def columns_of(rows: Sequence[Row], metric: str) -> dict[str, list[str]]:
    """The columns of the rows of one metric, by heading: mean with 95 % interval, difference to the best, speed.

    "tie" is no difference in any run. "beats it" is how often an agent does better than the best in a run with the same
    random numbers; a tie counts as half. "truncated" is the share of episodes that were truncated, if any was. Plans
    also have the value from the start, its error bound, whether the policy is proved to be optimal, the sweeps and the
    seconds.
    """
    plans = metric in PLANNED
    columns = {
        "": [row.label for row in rows],
        **(plan_columns(rows, metric) if plans else {}),
        f"{'realized' if plans else metric} ± 95 %": [plus_minus(row.estimate) for row in rows],
        HEADINGS["difference_mean"]: [difference(row) for row in rows],
        HEADINGS["beats_best_mean"]: [
            f"{100 * row.beats_best.mean:.0f} %" if row.beats_best and not plans else "" for row in rows
        ],
        "truncated": truncated(rows),
        "runs": [runs(row) for row in rows],
        HEADINGS["steps_per_second"]: ["" if plans else f"{row.result.steps_per_second:,.0f}" for row in rows],
    }
    return {heading: cells for heading, cells in columns.items() if any(cells)}


def heading_of(column: str) -> str:
    """The heading of a column of comparison.csv, in words."""
    return HEADINGS.get(column, column.replace("_", " "))


def difference(row: Row) -> str:
    """The paired difference of a row to the best row."""
    if row.tied:
        return "tie"
    if row.difference:
        return plus_minus(row.difference.estimate)
    return "best" if row.best else ""


def truncated(rows: Sequence[Row]) -> list[str]:
    """The share of truncated episodes of each row; empty if no episode of any row was truncated."""
    shares = [row.truncated for row in rows]
    some = any(share > 0 for share in shares)
    return [f"{100 * share:.0f} %" if some and np.isfinite(share) else "" for share in shares]


def runs(row: Row) -> str:
    """The number of runs, and the number of compared runs if it is smaller."""
    fewer = 0 < row.compared_runs < row.runs
    return f"{row.runs:,}" + (f", {row.compared_runs:,} paired" if fewer else "")


def plan_columns(rows: Sequence[Row], metric: str) -> dict[str, list[str]]:
    """The columns that only plans have."""
    data = [row.result.data for row in rows]
    return {
        metric: [f"{d['start_value']:.6g}" for d in data],
        HEADINGS["bound"]: [
            (f"{d['bound']:.1e}" if np.isfinite(d["bound"]) else "none") + ("" if d["converged"] else ", not converged")
            for d in data
        ],
        HEADINGS["policy_optimal"]: ["optimal" if d["policy_optimal"] else "" for d in data],
        "sweeps": [f"{d['sweeps']:,}" for d in data],
        "seconds": [f"{row.result.clock[-1]:.2g}" for row in rows],
    }
