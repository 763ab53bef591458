"""SIGINT, SIGTERM and SIGKILL end a command with its workers: at once, in one line, at any moment."""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from support.processes import started
from support.results import cells

SWEEP = ["agent=ucb,etc", "seed=0,1,2,3", "runs=3000", "steps=20000"]
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


def ended(process, number, group=False):
    """Send a signal to a command; returns what it printed on standard error, and the workers it had."""
    workers = psutil.Process(process.pid).children(recursive=True)
    (os.killpg if group else os.kill)(process.pid, number)
    errors = process.communicate(timeout=10)[1]
    return errors.replace("\r", "\n").splitlines(), workers


def lines_without_progress(lines):
    """The lines that are no progress bar."""
    return [line for line in lines if line.strip() and "%" not in line and "\x1b" not in line]


@pytest.mark.parametrize("number", WORDS)
@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.6, 3])
def test_a_signal_ends_a_command_in_one_line(tmp_path, number, seconds):
    """Python needs some 0.1 s before it runs any code of a command."""
    with started(tmp_path, *SWEEP, stderr=subprocess.PIPE) as process:
        time.sleep(seconds)
        lines, _ = ended(process, number)
    assert process.returncode == 128 + number
    assert lines_without_progress(lines) == [f"rlnotes: {WORDS[number]}"]
    assert not cells(tmp_path / "results") or seconds == 3


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["at the start of the workers", "while they work"])
def test_no_worker_outlives_a_command(tmp_path, number, moment):
    """SIGINT goes to all processes, as from a terminal, the others to the command alone."""
    with started(tmp_path, *SWEEP, "hydra/launcher=joblib", stderr=subprocess.PIPE) as process:
        while not any("loky" in word for worker in psutil.Process(process.pid).children() for word in worker.cmdline()):
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.5 * random.random() if moment == "at the start of the workers" else 4)
        lines, workers = ended(process, number, group=number == signal.SIGINT)
    assert workers
    assert not psutil.wait_procs(workers, timeout=5)[1]
    if number != signal.SIGKILL:
        assert lines_without_progress(lines) == [
            f"rlnotes: {'interrupted' if number == signal.SIGINT else 'terminated'}"
        ]


@pytest.mark.slow
def test_a_signal_ends_ray_and_its_workers(tmp_path):
    """Ray tells how it starts, in lines of its own."""
    with started(tmp_path, *SWEEP, "hydra/launcher=ray", stderr=subprocess.PIPE) as process:
        command = psutil.Process(process.pid)
        while not any("_run_job" in worker.name() for worker in command.children(recursive=True)):
            assert process.poll() is None
            time.sleep(0.1)
        lines, workers = ended(process, signal.SIGTERM)
    assert lines_without_progress(lines)[-1] == "rlnotes: terminated"
    assert not any(word in line for word in ("received", "Traceback", "0x") for line in lines)
    deadline = time.monotonic() + 5
    while running := [worker for worker in workers if is_running(worker)]:
        assert time.monotonic() < deadline, running
        time.sleep(0.1)


def is_running(process):
    """Whether a process works: one that has ended, and waits for its parent to notice, does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    """As for a background job of a shell without job control."""
    words = ["agent=ucb", "steps=50", "runs=20"]
    with started(tmp_path, *words, handler="SIG_IGN", stderr=subprocess.PIPE) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert cells(tmp_path / "results")


def test_a_command_whose_standard_error_is_closed_still_ends(tmp_path):
    with started(tmp_path, *SWEEP, stderr=subprocess.PIPE) as process:
        time.sleep(1.5)
        process.stderr.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 128 + signal.SIGTERM


def test_a_signal_for_a_forked_process_is_not_taken_for_one_of_the_command():
    code = (
        "import multiprocessing, time; from rlnotes.cli.processes import ended_by_signals;"
        "fork = multiprocessing.get_context('fork');"
        "signals = ended_by_signals(); signals.__enter__();"
        "child = fork.Process(target=time.sleep, args=(60,)); child.start(); time.sleep(0.5);"
        "child.terminate(); child.join(10); print(child.exitcode)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout) == (0, f"{-signal.SIGTERM}\n")
