"""Tasks in several processes, which are copies of this one."""

import pickle
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from os import cpu_count, getpid
from typing import Any, Protocol, TypeVar

from rlnotes.base.errors import SettingError
from rlnotes.base.parent_process import end_with

Found = TypeVar("Found", covariant=True)
MESSAGE_EVERY = 0.1
"""seconds between two messages about the progress of a worker"""


class Advance(Protocol):
    """Receives the number of steps (or episodes) since its last call, or of `evaluated` episodes, summed over runs."""

    def __call__(self, done: int, /, evaluated: bool = False) -> None: ...


class Task(Protocol[Found]):
    """A computation that says how it advances."""

    def __call__(self, *, advance: Advance) -> Found: ...


def most_workers() -> int:
    """The number of processes that this one may use at a time: its cores, or 1 where a process cannot be copied."""
    if sys.platform != "linux":  # elsewhere a copy may not use what the system's libraries have begun
        return 1
    from os import sched_getaffinity

    return len(sched_getaffinity(0)) or cpu_count() or 1


def results_of(tasks: Sequence[Task[Found]], workers: int, advance: Advance) -> Iterator[Found]:
    """The results of the tasks in their order; with one worker, this process computes them.

    Worker w computes the tasks w, w + workers, … It has all that this process has loaded, such as compiled kernels and
    classes of the user's files. Raises the error of the first task that fails, after the results of the tasks before
    it.
    """
    workers = min(workers, len(tasks))
    if workers <= 1:
        for task in tasks:
            yield task(advance=advance)
        return
    context, pipes, processes = get_context("fork"), list[Connection](), list[Any]()
    for number in range(workers):
        here, there = context.Pipe(duplex=False)
        pipes.append(here)
        own = [(i, tasks[i]) for i in range(number, len(tasks), workers)]
        processes.append(context.Process(target=serve, args=(own, there, getpid())))
        processes[-1].start()
        there.close()
    try:
        yield from in_order(pipes, len(tasks), advance)
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


def in_order(pipes: list[Connection], count: int, advance: Advance) -> Iterator[Any]:
    """The results that workers send through pipes, in the order of the tasks."""
    found, open_pipes = dict[int, Any](), list(pipes)
    for following in range(count):
        while following not in found:
            if not open_pipes:
                raise SettingError("workers", len(pipes), "a process has ended; it may need more memory than there is")
            for pipe in wait(open_pipes):
                assert isinstance(pipe, Connection)
                try:
                    kind, *content = pipe.recv()
                except EOFError:
                    open_pipes.remove(pipe)
                    continue
                if kind == "advance":
                    advance(content[0], evaluated=content[1])
                elif kind == "warning":
                    warnings.warn(content[0], category=content[1], stacklevel=4)
                else:
                    found[content[0]] = kind, content[1]
        kind, content = found.pop(following)
        if kind == "error":
            raise content
        yield content


def serve(tasks: list[tuple[int, Task[Any]]], pipe: Connection, parent: int) -> None:
    """Compute tasks, and send their progress, their warnings and their results, until one fails."""
    end_with(parent)
    progress = Progress(pipe)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, category, *_: pipe.send(("warning", str(message), category))
        for number, task in tasks:
            try:
                answer = "result", number, task(advance=progress)
            except Exception as error:
                answer = "error", number, sendable(error)
            progress.flush()
            with suppress(BrokenPipeError):
                pipe.send(answer)
            if answer[0] == "error":
                return


class Progress:
    """Sends how far a worker is, at most once in `MESSAGE_EVERY` seconds."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.done, self.sent = pipe, {False: 0, True: 0}, 0.0

    def __call__(self, done: int, /, evaluated: bool = False) -> None:
        self.done[evaluated] += done
        if time.monotonic() >= self.sent + MESSAGE_EVERY:
            self.flush()

    def flush(self) -> None:
        """Send what was not sent yet."""
        for evaluated, done in self.done.items():
            if done:
                self.pipe.send(("advance", done, evaluated))
        self.done, self.sent = {False: 0, True: 0}, time.monotonic()


def sendable(error: Exception) -> Exception:
    """The error itself if another process can receive it, or its text."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
