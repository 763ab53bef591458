"""Speed through the public path, environment + agent + recorder, as ratios within one process.

    python scripts/benchmark.py bandits [steps]

The unit is the noise floor, the time that NumPy's generator needs to draw one standard normal a pull. Every figure is
the median of interleaved repeats on one core.
"""

import os
import sys
import time
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from rlnotes import agents, catalog
from rlnotes.envs import GaussianBandit
from rlnotes.experiment import Cell

RUNS = 1_000
REPEATS = 9


def floor(steps: int) -> float:
    """Seconds to draw one standard normal a pull."""
    rng = np.random.default_rng(0)
    begin = time.perf_counter()
    for _ in range(steps):
        rng.standard_normal(RUNS)
    return time.perf_counter() - begin


def bandits(steps: int = 10_000) -> Table:
    """Nanoseconds a pull of every bandit agent, and their ratio to the noise floor, for k = 2, 10, 100."""
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core: ns a pull (ratio to the noise floor)")
    table.add_column("agent")
    arms = (2, 10, 100)
    for k in arms:
        table.add_column(f"k = {k}", justify="right")
    floors = []
    for name in agents.CATALOG:
        row = []
        for k in arms:
            cell = Cell(catalog.make("agent", name), GaussianBandit(arms=k), steps=steps, runs=RUNS)
            pairs = [(cell.simulate().seconds, floor(steps)) for _ in range(REPEATS)]
            floors += [noise for _, noise in pairs]
            cost = median(seconds for seconds, _ in pairs) / (steps * RUNS) * 1e9
            row.append(f"{cost:.1f} ({median(seconds / noise for seconds, noise in pairs):.2f})")
        table.add_row(name, *row)
    table.caption = f"noise floor {median(floors) / (steps * RUNS) * 1e9:.1f} ns"
    return table


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    benchmarks = {"bandits": bandits}
    if len(sys.argv) < 2 or sys.argv[1] not in benchmarks:
        sys.exit(f"usage: python scripts/benchmark.py {'|'.join(benchmarks)} [steps]")
    Console().print(benchmarks[sys.argv[1]](*map(int, sys.argv[2:])))
