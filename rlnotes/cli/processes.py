"""How the processes of a command end: at once, all of them, with one line."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import psutil

SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""the signals that end a command, and the words for it"""
SHOW_CURSOR = "\x1b[?25h"
"""the control sequence with which a terminal shows its cursor, which a progress bar hides"""


@contextmanager
def ended_by_signals(clean: Callable[[], Any] = lambda: None) -> Iterator[None]:
    """Let the signals end this process and its workers at once, after `clean`.

    A thread receives the numbers of signals. An exception from a handler would come at any place, where other code
    could take it for its own error, and only after a long call of compiled code. A signal that this process ignores
    stays ignored, as in a background job.
    """
    receiver, sender = socket.socketpair()
    sender.setblocking(False)

    def watch() -> None:
        while received := receiver.recv(1):
            if (number := received[0]) in SIGNALS:
                end(signal.Signals(number), clean)

    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in handlers.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, heed)
    wakeup = signal.set_wakeup_fd(sender.fileno())
    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with without_interrupts():
            yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sender.close()
        watcher.join()
        receiver.close()


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Block SIGINT in this thread and in the workers that it starts: a terminal sends SIGINT to all of them."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heed(number: int, frame: Any) -> None:
    """The handler of a signal that the thread of `ended_by_signals` receives."""


def forget_signals() -> None:
    """Give a forked process its own signals back, which would otherwise end its parent."""
    if signal.getsignal(signal.SIGTERM) is heed:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=forget_signals)


def end(number: signal.Signals, clean: Callable[[], Any]) -> None:
    """End this process and its workers because of a signal."""
    try:
        with suppress(OSError, ValueError):  # standard error may be closed
            cursor = SHOW_CURSOR if sys.stderr.isatty() else ""
            os.write(2, f"{cursor}\nrlnotes: {SIGNALS[number]}\n".encode())
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries would write that their workers are gone
        for worker in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                worker.kill()
        clean()
    finally:
        os._exit(128 + number)
