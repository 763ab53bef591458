"""Checkpoints: saved states from which a stopped cell continues."""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper

from rlnotes.agents.base.agent import Agent
from rlnotes.base.errors import SettingError
from rlnotes.simulation.recorder import Complete, Recorder
from rlnotes.simulation.unfinished import on_disk, remove_abandoned, unfinished


class ActionHistory(VectorWrapper):
    """Records all actions, and the last observation with its mask of actions."""

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        self.actions: list[np.ndarray] = []
        self.observation: Any = None
        self.allowed: np.ndarray | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        self.observation, info = self.env.reset(seed=seed, options=options)
        self.allowed = info.get("action_mask")
        return self.observation, info

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = self.env.step(actions)
        self.actions.append(np.array(actions))
        self.observation, self.allowed = outcome[0], outcome[4].get("action_mask")
        return outcome


@dataclass
class Checkpoint:
    """The files of a cell's checkpoints, one per block of runs, each whole or absent.

    `every` is rounded up to a multiple of the agent's `resume_interval`.

    The state of an environment cannot be saved in general, but its actions can: to continue, the environment takes the
    same steps again while the agent does not learn; then the agent returns to its saved state. The numbers are the
    same as without a stop.
    """

    folder: Path
    cell: str
    """name of the cell, which stands for all its settings"""
    every: int
    """steps of a run between two checkpoints"""

    def learn(self, agent: Agent, recorder: Recorder, steps: int, block: int) -> float:
        """Let an agent that has begun learn up to step `steps`; returns the seconds before the last checkpoint."""
        file, env = self.folder / f"{block}.npz", ActionHistory(recorder)
        remove_abandoned(self.folder)
        before = self.restore(file, agent, env, recorder)
        agent.allowed = env.allowed
        began, every = perf_counter(), -(-self.every // agent.resume_interval) * agent.resume_interval
        with suppress(Complete):
            while (done := len(env.actions)) < steps:
                agent.go_on(env, env.observation, min(every - done % every, steps - done))
                if len(env.actions) % agent.resume_interval == 0:
                    seconds = before + perf_counter() - began - recorder.evaluations.seconds
                    self.save(file, agent, env, recorder, seconds)
        return before

    def save(self, file: Path, agent: Agent, env: ActionHistory, recorder: Recorder, seconds: float) -> None:
        """Write the checkpoint of a block. Warns if it cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with unfinished(self.folder) as folder:
                np.savez(
                    folder / file.name,
                    allow_pickle=False,
                    cell=np.array(self.cell),
                    seconds=np.array(seconds),
                    actions=np.stack(env.actions),
                    observation=env.observation,
                    evaluated=recorder.evaluations.values,
                    snapshots=np.array(recorder.evaluations.snapshots),
                    agent=np.frombuffer(agent.checkpoint(), np.uint8),
                )
                on_disk(folder / file.name)
                (folder / file.name).replace(file)
        except FileNotFoundError:  # a process on another computer has finished the cell and removed its checkpoints
            return
        except OSError as error:
            warnings.warn(f"{file} cannot be written ({error.strerror}); the cell goes on without it", stacklevel=2)

    def restore(self, file: Path, agent: Agent, env: ActionHistory, recorder: Recorder) -> float:
        """Bring environment, recorder and agent to the state of the checkpoint; returns the seconds before it.

        Resets the environment if there is no checkpoint. Raises `SettingError` if the environment does not repeat its
        observations, or the agent's state does not fit.
        """
        env.reset()
        saved = self.load(file)
        if saved is None:
            return 0.0
        log = recorder.evaluations
        evaluation = log.evaluation
        if evaluation:  # while the environment repeats its steps, read the saved values instead of evaluating
            log.evaluation = evaluation._replace(
                measure=lambda runs: saved["evaluated"][runs, log.done[runs]],
                snapshot=evaluation.snapshot and (lambda: tuple(saved["snapshots"][len(log.snapshots)])),
            )
        recorder.repeats = True
        for actions in saved["actions"]:
            env.step(actions)
        recorder.repeats = False
        log.evaluation = evaluation
        if not np.array_equal(env.observation, saved["observation"]):
            requirement = f"must be null, since the environment does not repeat its observations; delete {file}"
            raise SettingError("checkpoint", self.every, requirement)
        try:
            agent.resume(saved["agent"].tobytes())
        except ValueError as error:
            raise SettingError("checkpoint", self.every, f"{file} holds {error}; delete it") from error
        return float(saved["seconds"])

    def load(self, file: Path) -> dict[str, np.ndarray] | None:
        """The content of a file; None if it is missing or, with a warning, damaged or of another cell."""
        try:
            with file.open("rb") as opened, ZipFile(opened) as archive:
                if damaged := archive.testzip():
                    raise BadZipFile(f"{damaged} is damaged")
                opened.seek(0)
                with np.load(opened, allow_pickle=False) as arrays:
                    saved = dict(arrays)
            if str(saved["cell"]) != self.cell:
                raise ValueError(f"it belongs to {saved['cell']}")
        except FileNotFoundError:
            return None
        except (OSError, KeyError, ValueError, NotImplementedError, BadZipFile) as error:
            reason = " ".join(str(error).split())
            warnings.warn(f"{file} is no checkpoint of this cell ({reason}); the cell begins again", stacklevel=2)
            return None
        return saved
