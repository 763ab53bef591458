"""Commands that use several processes, are killed, are interrupted, or run twice at the same time."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.processes import started
from support.results import cells


def test_code_edited_while_a_sweep_runs_does_not_change_the_names_of_its_cells(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom rlnotes.agents import Random\n"
        "@dataclass\nclass Mine(Random):\n    'A user agent.'\n"
    )
    code = (
        "import mine, pathlib; from rlnotes import compare;"
        "quick = dict(steps=5, runs=2, results='r', progress=False);"
        "compare(mine.Mine(), **quick);"
        "pathlib.Path('mine.py').write_text(pathlib.Path('mine.py').read_text() + '# edited');"
        "compare(mine.Mine(), seed=1, **quick)"
    )
    for _ in range(2):
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    # Two seeds with the hash of the first text, then two with the hash of the edited one.
    assert len(list(tmp_path.glob("r/cells/Mine-*"))) == 4


SWEEP = ["agent=etc,ucb,ucb_asymptotic", "seed=0,1,2,3", "steps=400", "runs=2500"]


@pytest.mark.parametrize("launcher", ["joblib", "ray"])
def test_every_launcher_gives_the_same_bytes(command, tmp_path, launcher):
    sweep = ["agent=etc,ucb", "seed=0,1", "runs=1500", "steps=30"]
    assert command(*sweep, "results=basic").returncode == 0
    process = command(*sweep, "results=other", f"hydra/launcher={launcher}", RAY_AUTH_MODE="disabled")
    assert process.returncode == 0, process.stderr
    assert len(cells(tmp_path / "other")) == 8
    assert cells(tmp_path / "other") == cells(tmp_path / "basic")


def test_a_killed_sweep_continues_to_the_results_of_an_undisturbed_one(command, tmp_path):
    begin = time.monotonic()
    assert command(*SWEEP, "results=undisturbed").returncode == 0
    duration = time.monotonic() - begin
    undisturbed = cells(tmp_path / "undisturbed")

    def kill_and_repeat(moment):
        results = f"killed-{moment}"
        with started(tmp_path, *SWEEP, f"results={results}"):
            time.sleep(duration * (0.4 + 0.06 * (moment + random.random())))
        stored = cells(tmp_path / results)
        assert stored.items() <= undisturbed.items()
        assert command(*SWEEP, f"results={results}").returncode == 0
        assert cells(tmp_path / results) == undisturbed
        return len(stored) < len(undisturbed)

    with ThreadPoolExecutor(2) as two_at_a_time:
        assert any(two_at_a_time.map(kill_and_repeat, range(10)))


def test_two_processes_compute_the_same_cells_at_the_same_time(command, tmp_path):
    words, pipe = (*SWEEP, "results=shared"), subprocess.PIPE
    with started(tmp_path, *words, stderr=pipe) as one, started(tmp_path, *words, stderr=pipe) as other:
        errors = [process.communicate(timeout=120)[1] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], errors
    assert command(*SWEEP, "results=alone").returncode == 0
    assert cells(tmp_path / "shared") == cells(tmp_path / "alone")
    folders = {path.name for path in (tmp_path / "shared").iterdir()} - {"cells", ".hydra"}
    assert len(folders) == 2
    assert not any(name.startswith(".unfinished") for name in folders)


def test_an_interrupted_command_leaves_nothing_half_written(tmp_path):
    with started(tmp_path, "agent=ucb", "steps=1000000", stderr=subprocess.PIPE) as process:
        while not (tmp_path / "results" / "cells").exists():
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not cells(tmp_path / "results")


def test_an_interrupt_inside_a_kernel_ends_the_whole_sweep(run, monkeypatch):
    """CPython turns a KeyboardInterrupt that numba's dispatcher leaves pending into one SystemError or two."""
    interrupted = []

    def simulate(cell, *arguments):
        interrupted.append(cell)
        inner = SystemError("_numba_unpickle returned a result with an exception set")
        inner.__cause__ = KeyboardInterrupt()
        raise SystemError("pull returned a result with an exception set") from inner

    monkeypatch.setattr("rlnotes.simulation.run.simulate", simulate)
    with pytest.raises(SystemExit) as exit:
        run("agent=etc,ucb", "steps=50", "runs=20")
    assert exit.value.code == 130
    assert len(interrupted) == 1


def test_a_second_process_compiles_no_kernel():
    report = (
        "import json, sys; from numba.core.dispatcher import Dispatcher; from rlnotes import catalog;"
        "[catalog.find(group, name) for group, names in catalog.CATALOGS.items() for name in names];"
        "ours = [module for name, module in sys.modules.items() if name.startswith('rlnotes.')];"
        "kernels = {k for module in ours for k in vars(module).values() if isinstance(k, Dispatcher)};"
        "print(json.dumps([[sum(k.stats.cache_hits.values()), sum(k.stats.cache_misses.values())] for k in kernels]))"
    )
    for _ in range(2):
        printed = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout
    statistics = json.loads(printed)
    assert len(statistics) >= 4
    assert statistics == [[1, 0]] * len(statistics)
