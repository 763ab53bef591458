"""Blocks of runs in several processes: the same bytes, errors, warnings and progress."""

import os
import signal
import subprocess
import sys
import time
import warnings
from functools import partial

import numpy as np
import psutil
import pytest
from support.processes import started

from rlnotes import compare
from rlnotes.agents import UCB, QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, CliffWalking
from rlnotes.simulation import workers
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.workers import results_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="workers are copies of the process, on Linux")
pytestmark = linux


def bytes_of(cell, count, advance=lambda done, evaluated=False: None):
    """The arrays of a cell that so many workers compute, as bytes by name."""
    return {name: array.tobytes() for name, array in simulate(cell, advance, workers=count).data.items()}


@pytest.mark.parametrize(
    "cell",
    [
        Cell(UCB(), BernoulliBandit(), steps=30, runs=5_500),
        Cell(QLearning(), CliffWalking(time_limit=20), steps=60, runs=3_200),
        Cell(UCB(), BernoulliBandit(), steps=30, runs=2_000, precision=0.01),
    ],
)
def test_the_bytes_do_not_depend_on_the_number_of_workers(cell):
    one = bytes_of(cell, 1)
    assert all(bytes_of(cell, count) == one for count in (2, 3, 7))


def test_progress_adds_up_to_the_work():
    done = []
    cell = Cell(UCB(), BernoulliBandit(), steps=40, runs=3_500)
    bytes_of(cell, 3, lambda steps, evaluated=False: done.append(steps))
    assert sum(done) == cell.work


def task(number, advance, log=None):
    """Return a number, warn of 2, and fail at 3."""
    advance(1)
    if number == 2:
        warnings.warn("two is odd here", stacklevel=1)
    if number == 3:
        raise SettingError("number", 3, "is too much")
    return number, os.getpid()


def test_results_come_in_order_from_other_processes_until_the_first_error():
    found, advanced = [], []
    tasks = [partial(task, number) for number in range(6)]
    with pytest.warns(UserWarning, match="two is odd here"), pytest.raises(SettingError, match="number=3: is too much"):
        found.extend(results_of(tasks, 2, lambda done, **_: advanced.append(done)))
    assert [number for number, _ in found] == [0, 1, 2]
    assert len({pid for _, pid in found} | {os.getpid()}) == 3
    assert not psutil.Process().children()


class OwnError(Exception):
    """An error that cannot be sent."""

    def __init__(self, one, two):
        super().__init__(one)


def fail(advance):
    raise OwnError("some", "thing")


def test_an_error_that_cannot_be_sent_is_named():
    with pytest.raises(RuntimeError, match="OwnError: some"):
        list(results_of([fail, fail], 2, lambda *_: None))


def die(advance):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_named_and_nothing_waits_for_it():
    with pytest.raises(SettingError, match="workers=2: a process has ended"):
        list(results_of([die, die], 2, lambda *_: None))


def test_a_setting_that_is_no_number_of_workers_is_refused():
    with pytest.raises(SettingError, match="workers=0: must be a whole number, 1 or more, or null"):
        compare("ucb", "bernoulli_bandit", steps=5, runs=5, workers=0, progress=False)


LONG = ["agent=ucb", "steps=1000000", "runs=4000", "workers=2"]


@pytest.mark.parametrize(("ended", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_no_worker_outlives_the_command(ended, code, tmp_path):
    with started(tmp_path, *LONG, stderr=subprocess.PIPE) as command:
        began = time.monotonic()
        while len(children := psutil.Process(command.pid).children()) < 2 and time.monotonic() < began + 60:
            time.sleep(0.05)
        assert len(children) == 2
        time.sleep(0.5)
        command.send_signal(ended)
        assert command.wait(timeout=20) == code
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive
        assert "Traceback" not in command.stderr.read()
    assert not list(tmp_path.glob("results/cells/*"))


def test_a_computer_that_cannot_copy_processes_uses_one(monkeypatch):
    monkeypatch.setattr(workers.sys, "platform", "win32")
    assert workers.most_workers() == 1


def test_seconds_are_those_that_pass():
    result = simulate(Cell(UCB(), BernoulliBandit(), steps=300, runs=4_000), workers=2)
    assert np.isfinite(result.seconds)
    assert 0 < result.seconds < 60
