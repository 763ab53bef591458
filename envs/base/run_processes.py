"""Environments of Gymnasium's in several processes, for slow ones."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import islice
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.base.checked_env import MEASURED
from rlnotes.envs.base.separate_runs import Begun, SeparateRuns, Steps

Found = TypeVar("Found")
KEPT = (*MEASURED, "arm_means", "action_mask")
"""what is read of an info; the rest may be large, or nothing that a process can send"""


class RunProcesses(SeparateRuns):
    """`SeparateRuns` divided among processes, each with neighbouring runs.

    All values are the same, unless an environment shares random numbers with others of its process.
    Raises `SettingError` if the computer cannot copy a process.
    """

    def __init__(self, make: Callable[[], gym.Env], num_envs: int, processes: int, id: str) -> None:
        if "fork" not in get_all_start_methods():  # a copy has the modules and ids of this process
            raise SettingError("env.processes", processes, "needs an operating system with fork; must be null here")
        context = get_context("fork")
        self.id, self.sizes = id, [len(share) for share in np.array_split(np.arange(num_envs), processes)]
        self.pipes: list[Connection] = []
        self.workers: list[Any] = []
        for size in self.sizes:
            here, there = context.Pipe()
            self.pipes.append(here)
            # a copy of the end that is here would keep a worker from seeing that this process has ended
            self.workers.append(context.Process(target=serve, args=(make, size, id, there, self.pipes), daemon=True))
            self.workers[-1].start()
            there.close()
        try:
            self.take_spaces(self.answers(), num_envs)
        except Exception:
            self.close_extras()
            raise

    def ask(self, what: str, *parts: list[Any]) -> list[Any]:
        """The answers of all processes to one request, with the part of each."""
        for pipe, *own in zip(self.pipes, *parts, strict=True):
            pipe.send((what, *own))
        return self.answers()

    def answers(self) -> list[Any]:
        """The next answer of each process. Raises the `SettingError` that a process sent instead."""
        try:
            found = [pipe.recv() for pipe in self.pipes]
        except EOFError:
            raise SettingError("env", self.id, "a process that steps it has ended") from None
        for answer in found:
            if isinstance(answer, SettingError):
                raise answer
        return found

    def shares(self, of_runs: Iterable[Any]) -> list[list[Any]]:
        """Things of all runs, divided among the processes."""
        left = iter(of_runs)
        return [list(islice(left, size)) for size in self.sizes]

    def reset_all(self, seeds: list[int], options: dict[str, Any] | None) -> list[Begun]:
        parts = self.ask("reset", self.shares(seeds), [options] * len(self.sizes))
        return [begun for part in parts for begun in part]

    def step_all(self, actions: Iterable[Any]) -> Steps:
        found, first = Steps([], [], {}, {}), 0
        for size, part in zip(self.sizes, self.ask("step", self.shares(actions)), strict=True):
            found.given.extend(part.given)
            found.latest.extend(part.latest)
            found.final.update({first + run: value for run, value in part.final.items()})
            found.final_masks.update({first + run: value for run, value in part.final_masks.items()})
            first += size
        return found

    def close_extras(self, **kwargs: Any) -> None:
        for pipe in self.pipes:
            pipe.close()  # which ends its process
        for worker in self.workers:
            worker.join()


def separate_runs(make: Callable[[], gym.Env], num_envs: int, processes: int, id: str) -> SeparateRuns:
    """An environment for every run, in this process or in at most so many others."""
    processes = min(processes, num_envs)
    if processes == 1:
        return SeparateRuns([make() for _ in range(num_envs)])
    return RunProcesses(make, num_envs, processes, id)


def serve(make: Callable[[], gym.Env], runs: int, id: str, pipe: Connection, of_parent: list[Connection]) -> None:
    """Make the environments of some runs, and answer requests about them until the pipe is closed."""
    for other in of_parent:
        other.close()
    envs = answer(pipe, id, "made", lambda: SeparateRuns([make() for _ in range(runs)]), spaces)
    with suppress(EOFError):
        while envs:
            what, *parts = pipe.recv()
            if what == "reset":
                answer(pipe, id, "reset", partial(envs.reset_all, *parts), without_rest_of_infos)
            else:
                answer(pipe, id, "stepped", partial(envs.step_all, *parts), without_rest_of_infos)
    if envs:
        envs.close()


def answer(
    pipe: Connection, id: str, done: str, request: Callable[[], Found], part: Callable[[Found], Any]
) -> Found | None:
    """Send a part of what a request gives, and return the whole.

    Sends its error as a `SettingError` instead, which names the place that raised it, and returns None.
    """
    try:
        found = request()
        pipe.send(part(found))
        return found
    except Exception as error:
        failed = SettingError.failed("env", id, done, error)
        pipe.send(SettingError(failed.setting, str(failed.value), failed.requirement))
        return None


def spaces(envs: SeparateRuns) -> tuple[Any, Any]:
    """The spaces of one run."""
    return envs.single_observation_space, envs.single_action_space


def without_rest_of_infos(found: list[Begun] | Steps) -> list[Begun] | Steps:
    """What environments gave, with the part of every info that is read."""
    if isinstance(found, Steps):
        given = [(*outcome, kept(info)) for *outcome, info in found.given]
        return found._replace(given=given, latest=[kept(info) for info in found.latest])
    return [(observation, kept(info)) for observation, info in found]


def kept(info: dict[str, Any]) -> dict[str, Any]:
    """The part of an info that is read."""
    return {name: info[name] for name in KEPT if name in info}
