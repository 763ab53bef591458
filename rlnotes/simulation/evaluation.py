"""Evaluation of what agents have learnt, while they learn."""

import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from rlnotes.base.record import Record


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


def evenly_spaced(last: int, points: int) -> np.ndarray:
    """`points` whole numbers from 1 to `last` at equal distances; all of them if `last` is smaller."""
    return np.unique(np.rint(np.linspace(0, last, points + 1)).astype(np.int64))[1:]


class EvaluationLog:
    """The `values` [runs, points] of an evaluation, measured `at` [points] steps or episodes up to `last`."""

    def __init__(self, evaluation: Evaluation | None, runs: int, last: int) -> None:
        self.evaluation = evaluation
        self.at = evenly_spaced(last, evaluation.points if evaluation else 0)
        self.after = frozenset(self.at.tolist())
        self.done = np.zeros(min(runs, evaluation.runs if evaluation else 0), np.int64)
        self.values = np.full((len(self.done), len(self.at)), np.nan)
        self.seconds = 0.0

    def evaluate(self, progress: np.ndarray | int) -> None:
        """Evaluate the runs whose `progress`, in steps or episodes [runs], has reached their next point."""
        if not self.evaluation:
            return
        runs = np.flatnonzero(progress >= np.append(self.at, np.iinfo(np.int64).max)[self.done])
        if len(runs):
            began = time.perf_counter()
            self.values[runs, self.done[runs]] = self.evaluation.measure(runs)
            self.done[runs] += 1
            self.seconds += time.perf_counter() - began

    def record(self) -> Record:
        """The values and their points, under the evaluation's name."""
        if not self.evaluation:
            return Record()
        if self.evaluation.name == "rmse":
            return Record(rmse=self.values, rmse_at=self.at)
        return Record(greedy_value=self.values, greedy_value_at=self.at)
