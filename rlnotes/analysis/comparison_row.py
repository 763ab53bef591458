"""One row of a comparison: the score of an agent on an environment, beside the best agent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from rlnotes.analysis.labels import labels
from rlnotes.analysis.statistics import Difference, differences, gap, interquartile_mean, quantile_band, superiority
from rlnotes.simulation.cell import name_of
from rlnotes.simulation.estimate import Estimate, estimate
from rlnotes.simulation.result import COSTS, EVALUATIONS, PlanFacts, Result, finite_or_null, known, truncated_share

UNKNOWN = Estimate(*[np.nan] * 4)


class Line(PlanFacts, total=False):
    """A line of comparison.csv, and an entry of comparison.json; empty or null where a number is not known.

    Columns of plans are there only if a row is a plan.
    """

    label: str
    """the row in the table: the agent, and the settings that differ between rows"""
    agent: str
    """name of the agent"""
    env: str
    """name of the environment"""
    seeds: str
    """the pooled seeds, separated by spaces"""
    runs: int
    """number of runs of all seeds"""
    compared_runs: int
    """runs that all compared rows have, from which differences are computed; 0 with nothing to compare"""
    steps: int | None
    """steps of every run; null if the number of episodes was given"""
    episodes: int | None
    """episodes of every run; null if the number of steps was given"""
    metric: str
    """the metric of the numbers in this line"""
    mean: float | None
    """mean of the metric over all runs"""
    standard_error: float | None
    """standard error of the mean"""
    low: float | None
    """lower end of the 95 % confidence interval of the mean"""
    high: float | None
    """upper end of this interval"""
    interquartile_mean: float | None
    """mean of the middle half of the runs"""
    quartile_1: float | None
    """lower quartile of the runs"""
    quartile_2: float | None
    """median of the runs"""
    quartile_3: float | None
    """upper quartile of the runs"""
    difference_mean: float | None
    """mean difference to the best row, run by run; null for the best row"""
    difference_standard_error: float | None
    """standard error of the mean difference"""
    difference_low: float | None
    """lower end of the 95 % confidence interval of this mean difference alone"""
    difference_high: float | None
    """upper end of this interval"""
    p_value: float | None
    """p-value of the mean difference, adjusted for all pairs of rows (Holm)"""
    power: float | None
    """probability that as many runs show a difference as large as this one, after adjustment"""
    runs_needed: float | None
    """estimated number of runs that show it with a power of 0.8"""
    beats_best_mean: float | None
    """share of the runs with a better score than the best row's run with the same random numbers; a tie is half"""
    beats_best_standard_error: float | None
    """standard error of this share"""
    beats_best_low: float | None
    """lower end of the 95 % confidence interval of this share"""
    beats_best_high: float | None
    """upper end of this interval"""
    different: bool | None
    """whether it differs significantly from the best: the p-value is at most 0.05"""
    best: bool
    """whether it is the best of the rows that are paired with it"""
    tied: bool
    """whether it equals the best row in every compared run, up to rounding"""
    truncated: float | None
    """share of the episodes behind the metric that were truncated and not terminated"""
    steps_per_second: float
    """steps of all runs per second of stepping"""


@dataclass
class Row:
    """One row of a comparison: cells that differ only in the seed, pooled."""

    label: str
    result: Result
    metric: str
    outcomes: dict[int, np.ndarray]
    """seed to the metric of each run"""
    estimate: Estimate
    """of the metric over all runs; for a plan, of the realized return"""
    difference: Difference | None = None
    """to the best row, run by run; None for the best row, or with nothing to compare"""
    beats_best: Estimate | None = None
    """probability of doing better than the best row in a run with the same random numbers"""
    best: bool = False
    tied: bool = False
    """whether it equals the best row in every compared run, up to rounding"""
    compared_runs: int = 0
    """runs that all compared rows have, from which differences are computed; 0 with nothing to compare"""

    @classmethod
    def of(cls, label: str, cells: list[Result], metric: str) -> Self:
        """The row of cells that differ only in the seed."""
        cells = sorted(cells, key=lambda result: result.settings["seed"])
        result = cells[0] if len(cells) == 1 else Result.pooled(cells[0].settings, cells)
        outcomes = {cell.settings["seed"]: cell.outcome_by(metric) for cell in cells}
        score = estimate(known(result.outcome_by(metric))).clipped(*result.range_of(metric))
        return cls(label, result, metric, outcomes, score)

    @property
    def pairing(self) -> str:
        """Equal for rows that share problem instances and random numbers, so that their runs are paired."""
        settings = self.result.settings
        return json.dumps([*(settings[key] for key in ("env", "steps", "episodes", "runs")), self.seeds])

    @property
    def seeds(self) -> list[int]:
        """The seeds of the pooled cells."""
        return list(self.outcomes)

    @property
    def cells(self) -> list[str]:
        """The names of the pooled cells."""
        return [name_of({**self.result.settings, "seed": seed}) for seed in self.seeds]

    @property
    def runs(self) -> int:
        """Number of runs of all seeds."""
        return len(self.result.outcome)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings, with the number of runs of all seeds."""
        return {**self.result.settings, "runs": self.runs}

    @property
    def truncated(self) -> float:
        """The share of the episodes behind the metric that were truncated; NaN if there are no episodes."""
        return truncated_share(self.result, self.metric)

    def record(self) -> Line:
        """The line of comparison.csv."""
        settings, difference = self.result.settings, self.difference
        outcome = known(self.result.outcome_by(self.metric))
        numbers = {
            **self.estimate._asdict(),
            "interquartile_mean": interquartile_mean(outcome).mean,
            **{f"quartile_{i}": value for i, value in enumerate(quantile_band(outcome), start=1)},
            **prefixed("difference", difference.estimate if difference else UNKNOWN),
            "p_value": difference.p_value if difference else np.nan,
            "power": difference.power if difference else np.nan,
            "runs_needed": difference.runs_needed if difference else np.nan,
            **prefixed("beats_best", self.beats_best or UNKNOWN),
        }
        line = {
            "label": self.label,
            "agent": settings["agent"]["name"],
            "env": settings["env"]["name"],
            "seeds": " ".join(map(str, self.seeds)),
            "runs": self.runs,
            "compared_runs": self.compared_runs,
            "steps": settings["steps"],
            "episodes": settings["episodes"],
            "metric": self.metric,
            **{key: finite_or_null(value) for key, value in numbers.items()},
            "different": difference.different if difference else None,
            "best": self.best,
            "tied": self.tied,
            "truncated": finite_or_null(self.truncated),
            "steps_per_second": self.result.steps_per_second,
            **self.result.facts,
        }
        return cast(Line, line)


def prefixed(name: str, estimate: Estimate) -> dict[str, float]:
    """The numbers of an estimate as columns."""
    return {f"{name}_{key}": value for key, value in estimate._asdict().items()}


def rows_of(results: Sequence[Result]) -> list[Row]:
    """The rows of a comparison: results that differ only in the seed are pooled, and paired rows stand together."""
    pools: dict[str, list[Result]] = {}
    for result in results:
        pool = pools.setdefault(json.dumps({**result.settings, "seed": None}), [])
        if all(result.settings["seed"] != other.settings["seed"] for other in pool):
            pool.append(result)
    names = labels([pool[0].settings for pool in pools.values()])
    metrics = {metric for result in results for metric in (result.metric, *EVALUATIONS)}
    rows = [
        Row.of(name, pool, metric)
        for name, pool in zip(names, pools.values(), strict=True)
        for metric in pool[0].metrics
        if metric in metrics
    ]
    pairings = list(dict.fromkeys(row.pairing for row in rows))
    rows.sort(key=lambda row: pairings.index(row.pairing))
    for pairing in pairings:
        for metric in metrics:
            compare_to_best([row for row in rows if (row.pairing, row.metric) == (pairing, metric)])
    return rows


def compare_to_best(rows: list[Row]) -> None:
    """Mark the best of paired rows, and compute how the others differ from it, in the runs that all rows have."""
    if len(rows) < 2:
        return
    samples = paired(rows)
    if not samples[0].size:
        return
    sign = -1 if rows[0].metric in COSTS else 1
    best = int(np.argmax([sign * sample.mean() for sample in samples]))
    rows[best].best = True
    for row, sample, difference in zip(rows, samples, differences(samples, best), strict=True):
        row.compared_runs = len(sample)
        if difference:
            row.difference, row.beats_best = difference, superiority(sign * sample, sign * samples[best])
            row.tied = not gap(sample, samples[best]).any()


def paired(rows: Sequence[Row]) -> list[np.ndarray]:
    """The metric of each of paired rows in the runs that all of them have [compared runs]."""
    shared = [min(map(len, outcomes)) for outcomes in zip(*(row.outcomes.values() for row in rows), strict=True)]
    samples = [
        np.concatenate([outcome[:runs] for outcome, runs in zip(row.outcomes.values(), shared, strict=True)])
        for row in rows
    ]
    everywhere = ~np.isnan(samples).any(axis=0)
    return [sample[everywhere] for sample in samples]
