"""One line of a comparison: what an agent gave on an environment, beside the best."""

import json
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from rlnotes.results import COSTS, Result, number
from rlnotes.statistics import Estimate, estimate, paired_difference


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
    difference: Estimate | None = None
    """to the best agent under equal luck, run by run; None where there is no such agent, or it is itself"""
    best: bool = False

    @classmethod
    def of(cls, label: str, pool: list[Result], metric: str) -> Self:
        """The row of cells that differ in nothing but the seed."""
        pool = sorted(pool, key=lambda result: result.settings["seed"])
        first = pool[0]
        result = (
            first
            if len(pool) == 1
            else Result.of_blocks(first.settings, [r.data for r in pool], sum(r.seconds for r in pool), first.clock)
        )
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

    def beside(self, other: "Row") -> tuple[np.ndarray, np.ndarray]:
        """The outcomes of both in the runs that both had, which met the same luck."""
        pairs = [
            (mine[: len(theirs)], theirs[: len(mine)])
            for mine, theirs in zip(self.outcomes.values(), other.outcomes.values(), strict=True)
        ]
        own, others = zip(*pairs, strict=True)
        return np.concatenate(own), np.concatenate(others)

    @property
    def runs(self) -> int:
        return len(self.result.outcome)

    @property
    def pooled(self) -> dict[str, Any]:
        """The settings, with the runs of all seeds."""
        return {**self.result.settings, "runs": self.runs}

    def record(self) -> dict[str, Any]:
        """The line of comparison.csv."""
        settings, nothing = self.result.settings, Estimate(*[np.nan] * 4)
        return {
            "label": self.label,
            "agent": settings["agent"]["name"],
            "env": settings["env"]["name"],
            "seeds": " ".join(map(str, self.seeds)),
            "runs": self.runs,
            "steps": settings["steps"],
            "episodes": settings["episodes"],
            "metric": self.metric,
            **{key: number(value) for key, value in self.estimate._asdict().items()},
            **{f"difference_{key}": number(value) for key, value in (self.difference or nothing)._asdict().items()},
            "best": self.best,
            "steps_per_second": self.result.steps_per_second,
            **self.result.facts,
        }


def find_best(rows: list[Row]) -> None:
    """Mark the best of rows of equal luck and set the others' differences to it."""
    if len(rows) > 1:
        sign = 1 if rows[0].metric in COSTS else -1
        best = min(rows, key=lambda row: sign * row.estimate.mean)
        best.best = True
        for row in rows:
            if row is not best:
                row.difference = paired_difference(*row.beside(best))
