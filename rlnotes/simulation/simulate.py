"""The simulation of a cell, block by block."""

import shutil
import sys
import warnings
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import SET_LIMIT, Agent, Problem
from rlnotes.agents.base.data_agent import DataAgent
from rlnotes.agents.base.expert_agent import ExpertAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record, of_later_block
from rlnotes.envs.base.actions import ActionError
from rlnotes.simulation.cell import BLOCK, Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.estimate import precise
from rlnotes.simulation.log_book import log_book
from rlnotes.simulation.recorder import Complete, Recorder
from rlnotes.simulation.result import Result, known
from rlnotes.simulation.workers import Advance, results_of

if TYPE_CHECKING:
    from rlnotes.simulation.recording import Recording

MOST_RUNS = 1_000_000
"""runs of a cell after which `precision` adds no more"""


def unseen(done: int, /, evaluated: bool = False) -> None:
    """Show no progress."""


def simulate(
    cell: Cell,
    advance: Advance = unseen,
    checkpoint: Checkpoint | None = None,
    log: Path | None = None,
    beginning: Result | None = None,
    recording: "Recording | None" = None,
    workers: int = 1,
) -> Result:
    """Simulate the runs of a cell in blocks of `BLOCK`; with a `precision`, add blocks until the mean has it.

    Block b has random numbers of its own: SeedSequence(seed, spawn_key=(b,)) has a child for the environment, one for
    the agent, and one for the episodes after learning. So no number depends on the process that computes a block. The
    runs of full blocks are the same however many runs follow. All agents with one seed meet the same problem instances
    and noise.

    Goes on from the `beginning`, the result of the first blocks, if there is one (`growth.py`), and from the
    `checkpoint`, if it exists, with a warning if the agent has none. Writes the course of learning into the folder
    `log`, and what the runs do into the `recording`; neither decides a number. At most so many `workers`, processes
    of their own, compute blocks at the same time.
    Raises `SettingError` if learning diverges or no episode of a run ends.
    """
    if checkpoint and not cell.agent.resumable:
        warning = f"agent={catalog.name(cell.agent)} saves no checkpoints; after a stop it begins again"
        warnings.warn(warning, stacklevel=2)
        checkpoint = None
    if log and not (checkpoint and checkpoint.folder.exists()):
        shutil.rmtree(log, ignore_errors=True)
    earlier = [beginning] if beginning else []
    blocks: list[Result] = []
    done = sum(len(result.outcome) for result in earlier)
    first = done // BLOCK
    block = partial(simulate_block, cell, checkpoint=checkpoint, log=log, recording=recording)
    starts = range(done, cell.runs, BLOCK)
    tasks = [partial(block, start // BLOCK, min(BLOCK, cell.runs - start)) for start in starts]
    used = 1 if recording or not cell.forkable else min(workers, len(tasks))
    for result in results_of(tasks, used, advance):
        result.seconds /= max(used, 1)  # of this process, while all workers compute
        blocks.append(result)
    while not precise_enough(cell, [*earlier, *blocks]):
        blocks.append(block(first + len(blocks), BLOCK, advance=advance))
    result = Result.pooled(cell.settings, blocks, beginning)
    result.data |= cell.ground_truth.record()
    return result


def precise_enough(cell: Cell, blocks: list[Result]) -> bool:
    """Whether the mean of all blocks has the precision of the cell; warns if `MOST_RUNS` runs do not reach it."""
    outcome = known(np.concatenate([block.outcome for block in blocks]))
    enough = cell.precision is None or precise(outcome, cell.precision)
    if not enough and len(outcome) >= MOST_RUNS:
        warnings.warn(f"{cell}: {len(outcome):,} runs are not enough for precision={cell.precision}", stacklevel=3)
        return True
    return enough


def simulate_block(
    cell: Cell,
    number: int,
    runs: int,
    *,
    advance: Advance,
    checkpoint: Checkpoint | None = None,
    log: Path | None = None,
    recording: "Recording | None" = None,
) -> Result:
    """Simulate one block of runs."""
    for_env, for_agent, for_evaluation = np.random.SeedSequence(cell.seed, spawn_key=(number,)).spawn(3)
    agent = replace(cell.agent)
    recorder = Recorder(
        cell.env.batch(runs),
        **cell.extent,
        seed=int(for_env.generate_state(1, np.uint64)[0]),
        discount=cell.env.discount,
        advance=lambda done: advance(done * runs if cell.episodes is None else done),
        evaluation=cell.ground_truth.evaluation(agent, cell.runs, cell.episodes),
        step_log=recording.step_log(agent, runs, cell.episodes, after_learning=False) if recording else None,
    )
    seconds, steps = 0.0, cell.horizon or sys.maxsize
    with closing(recorder):
        try:
            begin(agent, Problem.of(cell.env, recorder, cell.horizon), np.random.default_rng(for_agent))
            if cell.data:
                assert isinstance(agent, DataAgent)
                agent.learn_from(cell.data)
            if cell.expert:
                assert isinstance(agent, ExpertAgent)
                agent.ask(cell.expert.playing(cell.env, runs))
            with logging(log, range(number * BLOCK, number * BLOCK + runs), agent, recorder), suppress(Complete):
                if checkpoint:
                    seconds = checkpoint.learn(agent, recorder, steps, number)
                else:
                    agent.learn(recorder, steps)
        except ActionError as error:
            raise SettingError("agent", catalog.name(cell.agent), str(error)) from None
        seconds += perf_counter() - recorder.began - recorder.evaluations.seconds
    if recording:
        recording.write(recorder.step_log)
    report = agent.report()
    require_finite(agent, report)
    clock = report.pop("clock", np.empty(0)).tolist()
    record = recorder.record() | report
    require_episodes(cell, record)
    if cell.evaluation and not cell.ground_truth.optimum and not recorder.regret_log:
        record |= evaluate(cell, agent, recorder, for_evaluation, advance, recording)
    return Result(cell.settings, of_later_block(record) if number else record, seconds, clock)


def logging(log: Path | None, runs: range, agent: Agent, recorder: Recorder) -> AbstractContextManager[None]:
    """The context in which these runs of a cell log into the folder `log`; the agent writes if it `logs`."""
    if log is None:
        return nullcontext()
    return agent.log([log / f"run-{run}" for run in runs]) if agent.logs else log_book(log, runs, agent, recorder)


def require_episodes(cell: Cell, record: Record) -> None:
    """Raise `SettingError` if no episode of any run ended."""
    runs = len(record.get("lengths", ()))
    if Result(cell.settings, record, 0).metric == "return" and not record["lengths"].any():
        advice = f"; {SET_LIMIT}" if cell.env.time_limit is None else ""
        raise SettingError("steps", cell.steps, f"too few: no episode ended in {runs} of {runs} runs{advice}")


def begin(agent: Agent, problem: Problem, rng: np.random.Generator) -> None:
    """Begin; raises `SettingError` if the agent's `begin` does not call that of its base class."""
    try:
        agent.begin(problem, rng)
    except AttributeError as error:
        if agent.begun or error.obj is not agent:
            raise
    if not agent.begun:
        requirement = "its begin() must first call super().begin(problem, rng)"
        raise SettingError("agent", catalog.name(agent), requirement)


def require_finite(agent: Agent, report: Record) -> None:
    """Raise `SettingError` if the learnt values are not finite."""
    if not np.isfinite(report.get("learned_value", 0.0)).all():
        setting = agent.step_size_setting
        if setting is None:
            raise SettingError("agent", catalog.name(agent), "the learnt values diverge")
        value = agent.setting_values()[setting]
        raise SettingError(f"agent.{setting}", value, "the learnt values diverge; try a smaller one")


def evaluate(
    cell: Cell,
    agent: Agent,
    learnt: Recorder,
    seed: np.random.SeedSequence,
    advance: Advance,
    recording: "Recording | None" = None,
) -> Record:
    """The returns of the episodes that every run plays after learning.

    Without a time limit a run plays at most as many steps as it learnt; the returns of later episodes are NaN.
    """
    runs, (episodes, policy) = learnt.num_envs, cell.evaluation.values()
    frozen = agent.frozen(sampled=policy == "sampled")
    recorder = Recorder(
        cell.env.batch(runs),
        episodes=episodes,
        seed=int(seed.generate_state(1)[0]),
        advance=lambda done: advance(done, evaluated=True),
        patience=sys.maxsize,
        step_log=recording.step_log(frozen, runs, episodes, after_learning=True) if recording else None,
    )
    steps = episodes * cell.env.time_limit if cell.env.time_limit else learnt.step_count
    with suppress(Complete), closing(recorder):
        frozen.learn(recorder, steps)
    if recording:
        recording.write(recorder.step_log)
    log = recorder.episode_log
    advance(runs * episodes - int(log.episodes.sum()), evaluated=True)
    played = Record(truncated_after_learning=log.record()["truncated"])
    return played | (Record(sampled_returns=log.returns) if policy == "sampled" else Record(greedy_returns=log.returns))
