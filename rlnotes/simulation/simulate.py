"""The simulation of a cell, block by block."""

import shutil
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.simulation.cell import BLOCK, Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.estimate import precise
from rlnotes.simulation.recorder import Complete, Recorder
from rlnotes.simulation.result import Result

MOST = 1_000_000
"""runs after which no more are added for the sake of precision"""
PLAYED = 20
"""episodes that each run plays greedily after learning"""

Advance = Callable[[int], None]
"""receives the number of steps since its last call, summed over runs"""


def simulate(
    cell: Cell, advance: Advance = lambda steps: None, checkpoint: Checkpoint | None = None, log: Path | None = None
) -> Result:
    """Simulate the runs of a cell in blocks of `BLOCK`, and with a `precision` until the mean is so precise.

    Block b has random numbers of its own: SeedSequence(seed, spawn_key=(b,)) has children for the environment and for
    the agent. So no number depends on how the work is spread, more runs extend fewer runs that fill their blocks, and
    under one seed every agent meets the same problem instances and noise.

    It continues from the `checkpoint`, if there is one, and writes the course of learning into the folder `log`. It
    warns where the agent can do neither. Raises `SettingError` where learning diverges or a run has no episode.
    """
    if checkpoint and not cell.agent.resumable:
        what = f"agent={catalog.name(cell.agent)} keeps no checkpoints; after a stop it begins again"
        warnings.warn(what, stacklevel=2)
        checkpoint = None
    if log and not cell.agent.logs:
        warnings.warn(f"agent={catalog.name(cell.agent)} writes nothing for TensorBoard", stacklevel=2)
        log = None
    if log and not (checkpoint and checkpoint.folder.exists()):
        shutil.rmtree(log, ignore_errors=True)
    blocks: list[Result] = []
    done = 0
    while done < cell.runs or not precise_enough(cell, blocks):
        runs = min(BLOCK, cell.runs - done) if done < cell.runs else BLOCK
        blocks.append(simulate_block(cell, len(blocks), runs, advance, checkpoint, log))
        done += runs
    result = Result.pooled(cell.settings, blocks)
    result.data |= cell.ground_truth.record()
    return result


def precise_enough(cell: Cell, blocks: list[Result]) -> bool:
    """Whether the mean of all blocks is as precise as the cell asks; warns where `MOST` runs are not enough."""
    outcome = np.concatenate([block.outcome for block in blocks])
    enough = cell.precision is None or precise(outcome, cell.precision)
    if not enough and len(outcome) >= MOST:
        warnings.warn(f"{cell}: {len(outcome):,} runs are not enough for precision={cell.precision}", stacklevel=3)
        return True
    return enough


def simulate_block(
    cell: Cell, number: int, runs: int, advance: Advance, checkpoint: Checkpoint | None, log: Path | None
) -> Result:
    """Simulate one block of runs."""
    for_env, for_agent, for_greedy = np.random.SeedSequence(cell.seed, spawn_key=(number,)).spawn(3)
    agent = replace(cell.agent)
    recorder = Recorder(
        cell.env.batch(runs),
        **cell.extent,
        seed=int(for_env.generate_state(1, np.uint64)[0]),
        discount=cell.env.discount,
        advance=lambda done: advance(done * runs if cell.episodes is None else done),
        evaluation=cell.ground_truth.evaluation(agent, cell.runs, cell.episodes),
    )
    began, seconds = time.perf_counter(), 0.0
    agent.begin(Problem.of(cell.env, recorder, cell.horizon), np.random.default_rng(for_agent))
    steps = cell.horizon or sys.maxsize
    folders = [log / f"run-{number * BLOCK + run}" for run in range(runs)] if log else []
    with agent.log(folders) if log else nullcontext(), suppress(Complete):
        if checkpoint:
            seconds = checkpoint.learn(agent, recorder, steps, number)
        else:
            agent.learn(recorder, steps)
    seconds += time.perf_counter() - began - recorder.evaluations.seconds
    recorder.close()
    report = agent.report()
    require_finite(agent, report)
    clock = report.pop("clock", np.empty(0)).tolist()
    record = recorder.record() | report | play_greedily(cell, agent.frozen(), recorder, for_greedy)
    result = Result(cell.settings, record, seconds, clock)
    if silent := np.isnan(result.outcome).sum():
        raise SettingError("steps", cell.steps, f"too few: no episode ended in {silent} of {runs} runs")
    return result


def require_finite(agent: Agent, report: Record) -> None:
    """Raise `SettingError` where the learnt values are not finite."""
    if not np.isfinite(report.get("learned_value", 0.0)).all():
        setting = agent.step_size_setting
        value = agent.setting_values().get(setting)
        raise SettingError(f"agent.{setting}", value, "makes the values grow without end there")


def play_greedily(cell: Cell, frozen: Agent | None, learnt: Recorder, seed: np.random.SeedSequence) -> Record:
    """The returns of `PLAYED` greedy episodes; empty where the value is known exactly or an episode hardly ends."""
    if frozen is None or cell.ground_truth.optimum or learnt.regret_log is not None:
        return Record()
    recorder = Recorder(cell.env.batch(learnt.num_envs), episodes=PLAYED, seed=int(seed.generate_state(1)[0]))
    with suppress(Complete), closing(recorder):
        frozen.learn(recorder, PLAYED * max(1_000, 10 * int(learnt.episode_log.lengths.max())))
    returns = recorder.record()["returns"]
    finished = returns.shape[1] == PLAYED and bool(np.isfinite(returns).all())
    return Record(greedy_returns=returns) if finished else Record()
