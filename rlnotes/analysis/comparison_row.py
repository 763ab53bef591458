"""One line of a comparison: what an agent gave on an environment, beside the best."""

import json
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from rlnotes.analysis.statistics import (
    Difference,
    differences,
    interquartile_mean,
    quantile_band,
    superiority,
)
from rlnotes.simulation.estimate import Estimate, estimate
from rlnotes.simulation.result import COSTS, Result, number


@dataclass
class Row:
    """One line of a comparison: cells that differ in nothing but the seed, pooled."""

    label: str
    result: Result
    metric: str
    outcomes: dict[int, np.ndarray]
    """seed to the metric of each run"""
    estimate: Estimate
    """of the metric, over all runs; of a plan, of what came of it"""
    difference: Difference | None = None
    """to the best agent under equal luck, run by run; None where there is no such agent, or it is itself"""
    beats_best: Estimate | None = None
    """the probability that it does better than the best, with the same luck"""
    best: bool = False
    compared_runs: int = 0
    """runs in which it was compared with others: those that all have"""

    @classmethod
    def of(cls, label: str, pool: list[Result], metric: str) -> Self:
        """The row of cells that differ in nothing but the seed."""
        pool = sorted(pool, key=lambda result: result.settings["seed"])
        first = pool[0]
        result = first if len(pool) == 1 else Result.pooled(first.settings, pool)
        outcomes = {r.settings["seed"]: r.outcome_by(metric) for r in pool}
        return cls(label, result, metric, outcomes, estimate(result.outcome_by(metric)))

    @property
    def luck(self) -> str:
        """Rows of the same luck met the same problem instances and noise."""
        settings = self.result.settings
        return json.dumps([*(settings[key] for key in ("env", "steps", "episodes", "runs")), self.seeds])

    @property
    def seeds(self) -> list[int]:
        return list(self.outcomes)

    @property
    def runs(self) -> int:
        return len(self.result.outcome)

    @property
    def pooled(self) -> dict[str, Any]:
        """The settings, with the runs of all seeds."""
        return {**self.result.settings, "runs": self.runs}

    def record(self) -> dict[str, Any]:
        """The line of comparison.csv."""
        settings, difference = self.result.settings, self.difference
        outcome = self.result.outcome_by(self.metric)
        unknown = Estimate(*[np.nan] * 4)
        numbers = {
            **self.estimate._asdict(),
            "interquartile_mean": interquartile_mean(outcome).mean,
            **{f"quartile_{i}": value for i, value in enumerate(quantile_band(outcome), start=1)},
            **prefixed("difference", difference.estimate if difference else unknown),
            "p_value": difference.p_value if difference else np.nan,
            "power": difference.power if difference else np.nan,
            "runs_needed": difference.runs_needed if difference else np.nan,
            **prefixed("beats_best", self.beats_best or unknown),
        }
        return {
            "label": self.label,
            "agent": settings["agent"]["name"],
            "env": settings["env"]["name"],
            "seeds": " ".join(map(str, self.seeds)),
            "runs": self.runs,
            "steps": settings["steps"],
            "episodes": settings["episodes"],
            "metric": self.metric,
            **{key: number(value) for key, value in numbers.items()},
            "different": difference.different if difference else None,
            "best": self.best,
            "steps_per_second": self.result.steps_per_second,
            **self.result.facts,
        }


def prefixed(name: str, estimate: Estimate) -> dict[str, float]:
    """The numbers of an estimate as columns."""
    return {f"{name}_{key}": value for key, value in estimate._asdict().items()}


def compare_to_best(rows: list[Row]) -> None:
    """Mark the best of rows of equal luck, and tell the others' differences to it, all in the runs that all have."""
    if len(rows) < 2:
        return
    shared = [min(map(len, outcomes)) for outcomes in zip(*(row.outcomes.values() for row in rows), strict=True)]
    samples = [
        np.concatenate([outcome[:runs] for outcome, runs in zip(row.outcomes.values(), shared, strict=True)])
        for row in rows
    ]
    sign = -1 if rows[0].metric in COSTS else 1
    best = int(np.argmax([sign * sample.mean() for sample in samples]))
    rows[best].best = True
    for row, sample, difference in zip(rows, samples, differences(samples, best), strict=True):
        row.compared_runs = len(sample)
        if difference:
            row.difference, row.beats_best = difference, superiority(sign * sample, sign * samples[best])
