"""Logs for TensorBoard: the scores of runs while they learn, and what their agent measures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Agent
from rlnotes.base.tensorboard import require_tensorboard, unwritable
from rlnotes.simulation.recorder import Recorder

LOGGED_RUNS = 10
"""runs of a cell that are logged, the first ones"""


class LogBook:
    """Writes the course of the first runs of a block, one writer per run.

    It adds a point at each of the recorded steps, or whenever another 200th of all episodes has ended. It reads what
    the recorder has, and decides no number.
    """

    def __init__(self, writers: Sequence[Any], agent: Agent) -> None:
        self.writers, self.agent = writers, agent
        self.seen = np.zeros(len(writers), np.int64)  # episodes that are logged already

    def write(self, recorder: Recorder) -> None:
        """Add a point of every run, unless the recorder repeats the steps before a checkpoint."""
        measured = {f"agent/{name}": numbers for name, numbers in self.agent.measurements().items()}
        for run, writer in enumerate(self.writers):
            point = self.scores(recorder, run) | {name: float(numbers[run]) for name, numbers in measured.items()}
            for name, number in point.items() if not recorder.repeats else ():
                if np.isfinite(number):
                    writer.add_scalar(name, number, recorder.step_count)
            writer.flush()

    def scores(self, recorder: Recorder, run: int) -> dict[str, float]:
        """The scores of a run: its regret so far, or means over the episodes that ended since the last point."""
        found = {}
        if log := recorder.regret_log:
            found = {"score/regret": log.regret[run], "score/reward_per_step": log.reward[run] / recorder.step_count}
            if len(log.optimal):
                found["score/best_action"] = log.optimal[run] / recorder.step_count
        elif (ended := int(recorder.episode_log.episodes[run])) > self.seen[run]:
            new = slice(self.seen[run], ended)
            found["score/return"] = recorder.episode_log.returns[run, new].mean()
            found["score/length"] = recorder.episode_log.lengths[run, new].mean()
            self.seen[run] = ended
        evaluations = recorder.evaluations
        if evaluations.evaluation and run < len(evaluations.done) and (done := evaluations.done[run]):
            found[f"score/{evaluations.evaluation.name}"] = evaluations.values[run, done - 1]
        return found


@contextmanager
def log_book(folder: Path, runs: range, agent: Agent, recorder: Recorder) -> Iterator[None]:
    """While the context lasts, the recorder of these `runs` of a cell logs into a folder for each of the first runs.

    Raises `SettingError` if the package for it is missing, or a folder cannot be written.
    """
    require_tensorboard()
    from tensorboard.summary import Writer

    writers: list[Any] = []
    try:
        for run in runs[: max(0, LOGGED_RUNS - runs.start)]:
            of_run = folder / f"run-{run}"
            of_run.mkdir(parents=True, exist_ok=True)
            writers.append(Writer(str(of_run)))
    except OSError as error:
        raise unwritable(of_run, error) from None
    agent.watched = bool(writers)
    recorder.watch = LogBook(writers, agent).write if writers else None
    try:
        yield
    finally:
        for writer in writers:
            writer.close()
