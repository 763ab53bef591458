"""Evaluation of what agents have learnt, while they learn."""

import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from rlnotes.base.record import Record

SNAPSHOTS = 10
"""snapshots of run 0, at most"""


class Evaluation(NamedTuple):
    """How to measure what the agents of a block have learnt so far."""

    name: Literal["greedy_value", "rmse"]
    """name of the numbers in the record"""
    measure: Callable[[np.ndarray], np.ndarray]
    """the numbers [len(runs)] of these runs of a block"""
    runs: int
    """runs of a block to evaluate, at most; these are the first ones"""
    points: int
    """evaluations of a run, at most"""
    snapshot: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None
    """the values and the greedy policy [states] of run 0 as it is now; None: they are not kept"""


def evenly_spaced(last: int, points: int) -> np.ndarray:
    """`points` whole numbers from 1 to `last` at equal distances; all of them if `last` is smaller."""
    return np.unique(np.rint(np.linspace(0, last, points + 1)).astype(np.int64))[1:]


class EvaluationLog:
    """The `values` [runs, points] of an evaluation, measured `at` [points] steps or episodes up to `last`.

    At some points, most of them early ones, it takes a snapshot of run 0.
    """

    def __init__(self, evaluation: Evaluation | None, runs: int, last: int) -> None:
        self.evaluation = evaluation
        self.at = evenly_spaced(last, evaluation.points if evaluation else 0)
        self.after = frozenset(self.at.tolist())
        self.done = np.zeros(min(runs, evaluation.runs if evaluation else 0), np.int64)
        self.values = np.full((len(self.done), len(self.at)), np.nan)
        taken = len(self.at) > 0 and evaluation is not None and evaluation.snapshot is not None
        places = np.geomspace(1, len(self.at), SNAPSHOTS) if taken else np.empty(0)
        self.snapshot_points = np.unique(np.rint(places).astype(np.int64)) - 1
        self.snapshots: list[tuple[np.ndarray, np.ndarray]] = []
        self.seconds = 0.0

    def evaluate(self, progress: np.ndarray | int) -> None:
        """Evaluate the runs whose `progress`, in steps or episodes [runs], has reached their next point."""
        if not self.evaluation:
            return
        runs = np.flatnonzero(progress >= np.append(self.at, np.iinfo(np.int64).max)[self.done])
        if len(runs):
            began = time.perf_counter()
            if self.evaluation.snapshot and runs[0] == 0 and self.done[0] in self.snapshot_points:
                self.snapshots.append(self.evaluation.snapshot())
            self.values[runs, self.done[runs]] = self.evaluation.measure(runs)
            self.done[runs] += 1
            self.seconds += time.perf_counter() - began

    def record(self) -> Record:
        """The values and their points, under the evaluation's name."""
        if not self.evaluation:
            return Record()
        if self.evaluation.name == "rmse":
            return Record(rmse=self.values, rmse_at=self.at)
        record = Record(greedy_value=self.values, greedy_value_at=self.at)
        if self.snapshots:
            values, policies = map(np.stack, zip(*self.snapshots, strict=True))
            at = self.at[self.snapshot_points[: len(values)]]
            record |= Record(snapshot_at=at, snapshot_value=values, snapshot_policy=policies.astype(np.int64))
        return record
