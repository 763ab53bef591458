"""How often each agent beats each other one."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rlnotes.analysis.comparison_row import Row, paired
from rlnotes.analysis.statistics import superiority
from rlnotes.figures.style import looks, panels
from rlnotes.simulation.result import COSTS

MOST = 30
"""rows of a table of win rates, at most"""


class WinRates(NamedTuple):
    """The share of paired runs in which each row does better than each other one; a tie is half."""

    title: str
    """the environment, if there are several"""
    labels: list[str]
    rates: list[list[float | None]]
    """[rows, columns], null on the diagonal"""
    runs: int


def win_rates(rows: Sequence[Row]) -> Iterator[WinRates]:
    """The win rates of every group of paired rows, without groups of more than `MOST`."""
    for env, rows_of_env in panels(rows).items():
        for _, group in groupby(rows_of_env, lambda row: row.pairing):
            together = list(group)
            if not 1 < len(together) <= MOST or not (samples := paired(together))[0].size:
                continue
            sign = -1 if together[0].metric in COSTS else 1
            rates = [
                [None if a is b else float(superiority(sign * a, sign * b).mean) for b in samples] for a in samples
            ]
            yield WinRates(env, [look.label for look in looks(together)], rates, len(samples[0]))
