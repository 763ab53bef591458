"""Cells that go on where they were stopped."""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile, ZipFile

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper

from rlnotes.agents.base.agent import Agent
from rlnotes.base.errors import SettingError
from rlnotes.simulation.recorder import Complete, Recorder


class Played(VectorWrapper):
    """Keeps the actions that are played, and what is observed then."""

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        self.actions: list[np.ndarray] = []
        self.observation: Any = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        self.observation, info = self.env.reset(seed=seed, options=options)
        return self.observation, info

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = self.env.step(actions)
        self.actions.append(np.array(actions))
        self.observation = outcome[0]
        return outcome


@dataclass
class Checkpoint:
    """What is kept of a cell after every so many steps, a file for each block of runs, whole or not at all.

    `every` so many steps means after whole strides of the agent, the fewest that are as many.

    A world cannot be kept in general, but its actions can: it is stepped with them once more while nobody learns, and
    the agent goes on from the state that it had then. Numbers are the same as if nothing had happened.
    """

    folder: Path
    cell: str
    """its name, which tells all its settings"""
    every: int

    def learn(self, agent: Agent, recorder: Recorder, steps: int, block: int) -> float:
        """Let an agent that has begun learn for so many steps; the seconds that those took which were kept."""
        file, world = self.folder / f"{block}.npz", Played(recorder)
        before = self.go_on(file, agent, world, recorder)
        began, every = perf_counter(), -(-self.every // agent.resume_interval) * agent.resume_interval
        with suppress(Complete):
            while (done := len(world.actions)) < steps:
                agent.go_on(world, world.observation, min(every - done % every, steps - done))
                if len(world.actions) % agent.resume_interval == 0:
                    self.save(
                        file, agent, world, recorder, before + perf_counter() - began - recorder.evaluations.seconds
                    )
        return before

    def save(self, file: Path, agent: Agent, world: Played, recorder: Recorder, seconds: float) -> None:
        """Keep where the runs of a block have come to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".unfinished-{uuid4().hex}.npz"
        np.savez(
            unfinished,
            allow_pickle=False,
            cell=np.array(self.cell),
            seconds=np.array(seconds),
            actions=np.stack(world.actions),
            observation=world.observation,
            evaluated=recorder.evaluations.values,
            agent=np.frombuffer(agent.checkpoint(), np.uint8),
        )
        unfinished.replace(file)

    def go_on(self, file: Path, agent: Agent, world: Played, recorder: Recorder) -> float:
        """Bring world, recorder and agent to where the runs of a block had come to; the seconds that it had taken.

        Raises `SettingError` where they cannot go on from there.
        """
        world.reset()
        kept = self.load(file)
        if kept is None:
            return 0.0
        log = recorder.evaluations
        evaluation = log.evaluation
        if evaluation:
            log.evaluation = evaluation._replace(measure=lambda runs: kept["evaluated"][runs, log.done[runs]])
        for actions in kept["actions"]:
            world.step(actions)
        log.evaluation = evaluation
        if not np.array_equal(world.observation, kept["observation"]):
            what = f"there is no going on in a world that does not repeat itself; must be null, and {file} be deleted"
            raise SettingError("checkpoint", self.every, what)
        try:
            agent.resume(kept["agent"].tobytes())
        except ValueError as error:
            raise SettingError("checkpoint", self.every, f"{file} holds {error}; it must be deleted") from error
        return float(kept["seconds"])

    def load(self, file: Path) -> dict[str, np.ndarray] | None:
        """What a file keeps; None where there is none, or, with a warning, one that is damaged or of another cell."""
        try:
            with file.open("rb") as opened, ZipFile(opened) as archive:
                if damaged := archive.testzip():
                    raise BadZipFile(f"{damaged} is not what was written")
                opened.seek(0)
                with np.load(opened, allow_pickle=False) as arrays:
                    kept = dict(arrays)
            if str(kept["cell"]) != self.cell:
                raise ValueError(f"it is of {kept['cell']}")
        except FileNotFoundError:
            return None
        except (OSError, KeyError, ValueError, NotImplementedError, BadZipFile) as error:
            reason = " ".join(str(error).split())
            warnings.warn(f"{file} is no checkpoint of this cell ({reason}); it begins anew", stacklevel=2)
            return None
        return kept
