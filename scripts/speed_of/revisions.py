"""The speed of two revisions of this project, cell by cell."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.table import Table

ROOT = Path(__file__).parents[2]
REPEATS = 5
LEAST = 0.03
"""difference of the median that counts, if all repeats agree about its direction"""
CELLS = {
    "ucb, Gaussian bandit": {"agents": "ucb", "envs": "gaussian_bandit", "steps": 2_000, "runs": 1_000},
    "thompson, Gaussian bandit": {"agents": "thompson", "envs": "gaussian_bandit", "steps": 500, "runs": 1_000},
    "kl_ucb, Bernoulli bandit": {"agents": "kl_ucb", "envs": "bernoulli_bandit", "steps": 200, "runs": 1_000},
    "exp3, adversarial bandit": {"agents": "exp3", "envs": "adversarial_bandit", "steps": 500, "runs": 1_000},
    "q_learning, cliff": {"agents": "q_learning", "envs": "cliff_walking", "episodes": 20, "runs": 1_000},
    "sarsa_lambda, windy gridworld": {
        "agents": "sarsa_lambda",
        "envs": "windy_gridworld",
        "episodes": 5,
        "runs": 300,
    },
    "value_iteration, Jack's car rental": {
        "agents": "value_iteration",
        "envs": "jacks_car_rental",
        "steps": 50,
        "runs": 10,
    },
}
"""arguments of `rlnotes.compare` by name"""
MEASURE = """
import json, sys, time
from rlnotes import compare
seconds = {}
for name, arguments in json.loads(sys.argv[1]).items():
    compare(**arguments, progress=False)
    began = time.process_time()
    compare(**arguments, progress=False)
    seconds[name] = time.process_time() - began
print(json.dumps(seconds))
"""
"""a program that measures cells, each after a first time that loads its code"""


def compared(first: str, second: str) -> Table:
    """Measure two revisions in turn, each in processes of its own, and say which cells became slower or faster."""
    with checkout(first) as one, checkout(second) as two:
        pairs = [(measured(one), measured(two)) for _ in range(REPEATS)]
    table = Table(title=f"{second} beside {first}: processor time, {REPEATS} repeats in turn")
    for heading in ("cell", f"seconds of {first}", "ratio", "least to most", "verdict"):
        table.add_column(heading, justify="left" if heading in ("cell", "verdict") else "right")
    for name in CELLS:
        ratios = [after[name] / before[name] for before, after in pairs]
        seconds = median(before[name] for before, _ in pairs)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        table.add_row(name, f"{seconds:.3f}", f"{median(ratios):.2f}", spread, verdict(ratios))
    return table


def verdict(ratios: list[float]) -> str:
    """What the ratios of all repeats say."""
    if min(ratios) > 1 and median(ratios) > 1 + LEAST:
        return "slower"
    if max(ratios) < 1 and median(ratios) < 1 - LEAST:
        return "faster"
    return "no clear difference"


def measured(folder: Path) -> Mapping[str, float]:
    """The seconds of every cell by the code in a folder."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, json.dumps(CELLS)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(f"benchmark.py compare: {folder.name} cannot be measured: {run.stderr.strip().splitlines()[-1]}")
    found: Mapping[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """The files of a revision in a folder of their own, while the context lasts."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / revision.replace("/", "_")
        made = subprocess.run(
            ["git", "-C", ROOT, "worktree", "add", "--detach", folder, revision],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            sys.exit(f"benchmark.py compare: {revision}: {made.stderr.strip().splitlines()[-1]}")
        try:
            yield folder
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", folder], check=True)
