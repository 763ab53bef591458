"""Measure speed, as ratios within one process.

    python scripts/benchmark.py bandits [steps]
    python scripts/benchmark.py stepping [steps]
    python scripts/benchmark.py planning [models]
    python scripts/benchmark.py tabular [steps]
    python scripts/benchmark.py layers [steps]
    python scripts/benchmark.py training [steps]
    python scripts/benchmark.py deep [steps]

`bandits`: environment, agent and recorder together, against the noise floor, the time that NumPy's generator needs to
draw one standard normal per pull. `stepping`: the step of finite MDPs. `planning`: modified policy iteration against
QuantEcon's, its fastest method here (pip install -e '.[benchmark]'; takes five minutes); "sweep/floor" is the time of a
sweep relative to copying the memory that it reads, "MB" the memory that planning needs beside the model. `tabular`:
agents with tables, with environment and recorder, against the noise floor and Gymnasium's `env.step` alone. `layers`: a
training step of the notes' layers against torch's own. `training`: the training loop of the studies against torch's
bare one, and 16 networks at once against 16 single ones. `deep`: DQN, PPO, SAC and TD3 against
stable-baselines3's.

Every number is the median of interleaved repeats, on one core unless the table says otherwise. `bandits`, `stepping`
and `tabular` measure processor time, since others may use the machine.
"""

import os
import sys
import time
from importlib import import_module

from rich.console import Console

BENCHMARKS = {
    "bandits": "bandits",
    "stepping": "mdps",
    "planning": "planning",
    "tabular": "mdps",
    "layers": "networks",
    "training": "networks",
    "deep": "networks",
}
"""the module of `speed_of` with the function of that name; those of networks need torch"""

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        sys.exit(f"usage: python scripts/benchmark.py {'|'.join(BENCHMARKS)} [steps or models]")
    name = sys.argv[1]
    measure = getattr(import_module(f"speed_of.{BENCHMARKS[name]}"), name)
    if name in ("bandits", "stepping", "tabular"):
        time.perf_counter = time.process_time
    if hasattr(os, "sched_setaffinity") and name != "planning":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    Console(width=120).print(measure(*map(int, sys.argv[2:])))
