"""The simulation of a cell, block by block."""

import shutil
import sys
import warnings
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.simulation.cell import BLOCK, Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.estimate import precise
from rlnotes.simulation.recorder import ActionError, Complete, Recorder
from rlnotes.simulation.result import Result

MOST_RUNS = 1_000_000
"""runs of a cell after which `precision` adds no more"""
GREEDY_EPISODES = 20
"""episodes that each run plays greedily after learning"""

Advance = Callable[[int], None]
"""receives the number of steps (or episodes) since its last call, summed over runs"""


def simulate(
    cell: Cell, advance: Advance = lambda steps: None, checkpoint: Checkpoint | None = None, log: Path | None = None
) -> Result:
    """Simulate the runs of a cell in blocks of `BLOCK`; with a `precision`, add blocks until the mean has it.

    Block b has random numbers of its own: SeedSequence(seed, spawn_key=(b,)) has a child for the environment, one for
    the agent, and one for the greedy episodes. So no number depends on the process that computes a block. The runs of
    full blocks are the same however many runs follow. All agents with one seed meet the same problem instances and
    noise.

    Continues from the `checkpoint`, if it exists, and writes the course of learning into the folder `log`; warns if the
    agent cannot do so. Raises `SettingError` if learning diverges or no episode of a run ends.
    """
    if checkpoint and not cell.agent.resumable:
        warning = f"agent={catalog.name(cell.agent)} saves no checkpoints; after a stop it begins again"
        warnings.warn(warning, stacklevel=2)
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
    """Whether the mean of all blocks has the precision of the cell; warns if `MOST_RUNS` runs do not reach it."""
    outcome = np.concatenate([block.outcome for block in blocks])
    enough = cell.precision is None or precise(outcome, cell.precision)
    if not enough and len(outcome) >= MOST_RUNS:
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
    seconds, steps = 0.0, cell.horizon or sys.maxsize
    folders = [log / f"run-{number * BLOCK + run}" for run in range(runs)] if log else []
    try:
        agent.begin(Problem.of(cell.env, recorder, cell.horizon), np.random.default_rng(for_agent))
        with agent.log(folders) if log else nullcontext(), suppress(Complete):
            if checkpoint:
                seconds = checkpoint.learn(agent, recorder, steps, number)
            else:
                agent.learn(recorder, steps)
    except ActionError as error:
        raise SettingError("agent", catalog.name(cell.agent), str(error)) from None
    except AttributeError as error:
        if agent.begun or error.obj is not agent:
            raise
        missing = f"has no {error.name}: its begin() must call super().begin(problem, rng)"
        raise SettingError("agent", catalog.name(cell.agent), missing) from None
    seconds += perf_counter() - recorder.began - recorder.evaluations.seconds
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
    """Raise `SettingError` if the learnt values are not finite."""
    if not np.isfinite(report.get("learned_value", 0.0)).all():
        setting = agent.step_size_setting
        if setting is None:
            raise SettingError("agent", catalog.name(agent), "the learnt values diverge")
        value = agent.setting_values()[setting]
        raise SettingError(f"agent.{setting}", value, "the learnt values diverge; try a smaller one")


def play_greedily(cell: Cell, frozen: Agent | None, learnt: Recorder, seed: np.random.SeedSequence) -> Record:
    """The returns of `GREEDY_EPISODES` greedy episodes.

    Empty if the exact value is known, the environment gives regret instead of returns, or the episodes take too long.
    """
    if frozen is None or cell.ground_truth.optimum or learnt.regret_log is not None:
        return Record()
    recorder = Recorder(cell.env.batch(learnt.num_envs), episodes=GREEDY_EPISODES, seed=int(seed.generate_state(1)[0]))
    with suppress(Complete), closing(recorder):
        frozen.learn(recorder, GREEDY_EPISODES * max(1_000, 10 * int(learnt.episode_log.lengths.max())))
    returns = recorder.record()["returns"]
    finished = returns.shape[1] == GREEDY_EPISODES and bool(np.isfinite(returns).all())
    return Record(greedy_returns=returns) if finished else Record()
