"""Commands that use several processes, are killed, are interrupted, or run twice at the same time."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from numba.core.dispatcher import Dispatcher
from support.processes import started
from support.results import cells

from rlnotes import catalog, compare


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


AGENTS, SEEDS = ["etc", "ucb"], [0, 1, 2]
EXTENT = {"steps": 400, "runs": 2500}
SWEEP = [
    f"agent={','.join(AGENTS)}",
    f"seed={','.join(map(str, SEEDS))}",
    *(f"{setting}={value}" for setting, value in EXTENT.items()),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The cells of the sweep, computed by one process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    compare(AGENTS, seed=SEEDS, results=folder, progress=False, **EXTENT)
    return cells(folder)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "ray"])
def test_every_launcher_gives_the_same_bytes(command, tmp_path, launcher):
    sweep = ["agent=etc,ucb", "seed=0,1", "runs=1500", "steps=30"]
    compare(["etc", "ucb"], seed=[0, 1], runs=1500, steps=30, results=tmp_path / "python", progress=False)
    process = command(*sweep, "results=other", f"hydra/launcher={launcher}", RAY_AUTH_MODE="disabled")
    assert process.returncode == 0, process.stderr
    assert len(cells(tmp_path / "other")) == 8
    assert cells(tmp_path / "other") == cells(tmp_path / "python")


def wait_for_work(folder, process):
    """Wait until the process of a sweep stores a cell; when all are stored, until it writes the comparison."""
    stored, unfinished = set(folder.glob("cells/*")), set(folder.glob(".unfinished-*"))
    every = len(stored) == len(AGENTS) * len(SEEDS)
    pattern, before = (".unfinished-*", unfinished) if every else ("cells/*", stored)
    while process.poll() is None and not set(folder.glob(pattern)) - before:
        time.sleep(0.02)


@pytest.mark.slow
def test_a_killed_sweep_continues_to_the_results_of_an_undisturbed_one(command, tmp_path, undisturbed):
    """The sweep is killed four times, while it computes or stores a cell or writes the comparison."""
    folder, killed = tmp_path / "killed", 0
    for _ in range(4):
        with started(tmp_path, *SWEEP, "results=killed") as process:
            wait_for_work(folder, process)
            time.sleep(0.3 * random.random())
        killed += process.returncode == -signal.SIGKILL
        assert cells(folder).items() <= undisturbed.items()
    assert killed >= 2
    assert command(*SWEEP, "results=killed").returncode == 0
    assert cells(folder) == undisturbed
    published = [path for path in folder.iterdir() if path.name[0] not in ".c"]
    assert published
    for comparison in published:
        assert {"comparison.csv", "comparison.json", "regret.png"} <= {path.name for path in comparison.iterdir()}


@pytest.mark.slow
def test_two_processes_compute_the_same_cells_at_the_same_time(tmp_path, undisturbed):
    words, pipe = (*SWEEP, "results=shared"), subprocess.PIPE
    with started(tmp_path, *words, stderr=pipe) as one, started(tmp_path, *words, stderr=pipe) as other:
        errors = [process.communicate(timeout=120)[1] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], errors
    assert cells(tmp_path / "shared") == undisturbed
    folders = {path.name for path in (tmp_path / "shared").iterdir()} - {"cells"}
    assert len(folders) == 2
    assert not any(name.startswith(".") for name in folders)


@pytest.mark.slow
def test_six_processes_compute_one_cell_with_checkpoints_once(tmp_path):
    words = ["agent=dqn", "agent.begin_after=50", "env=CartPole-v1", "steps=20000", "runs=2", "checkpoint=500"]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(started(tmp_path, *words, "results=shared", stderr=subprocess.PIPE)) for _ in range(6)
        ]
        errors = [process.communicate(timeout=200)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, errors
    assert sum("another process computes dqn-CartPole-v1" in text for text in errors) == 5
    assert len(cells(tmp_path / "shared")) == 2
    left = {path.name for path in (tmp_path / "shared").iterdir()}
    assert not {name for name in left if name.startswith(".")} | (left & {"checkpoints"})


def test_a_second_process_compiles_no_kernel():
    """This process compiles whatever is not in numba's cache yet; another one then finds every kernel there."""
    for group, names in catalog.CATALOGS.items():
        for name in names:
            catalog.find(group, name)
    ours = sorted(name for name in sys.modules if name.startswith("rlnotes."))
    with_kernels = [
        name for name in ours if any(isinstance(thing, Dispatcher) for thing in vars(sys.modules[name]).values())
    ]
    report = (
        "import json; from importlib import import_module; from numba.core.dispatcher import Dispatcher;"
        f"modules = [import_module(name) for name in {with_kernels}];"
        "kernels = {k for module in modules for k in vars(module).values() if isinstance(k, Dispatcher)};"
        "print(json.dumps([[sum(k.stats.cache_hits.values()), sum(k.stats.cache_misses.values())] for k in kernels]))"
    )
    printed = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout
    statistics = json.loads(printed)
    assert len(statistics) >= 40
    assert statistics == [[1, 0]] * len(statistics)
