"""Measure speed, as ratios within one process.

    python scripts/benchmark.py NAME [steps or models]            prints a table
    python scripts/benchmark.py --write [NAME [steps or models]]  writes it into docs/performance.md; without NAME: all
    python scripts/benchmark.py compare REVISION REVISION         compares two revisions of the code
    python scripts/benchmark.py cuda [steps seeds] [--device cpu] prints the speed of deep agents on a CUDA device

The names are bandits, tabular, linear, stepping, planning, layers, training and deep. Planning needs the extra
`benchmark`; layers, training and deep need the extra `deep`. Every number is the median of interleaved repeats, on one
core unless the table says otherwise. All but planning and layers measure processor time, since others may use the
machine. docs/performance.json has what was written too.
"""

import argparse
import os
import subprocess
import sys
import time
from importlib import import_module

from rich.console import Console
from speed_of.page import MODULES, PAGE, write
from speed_of.revisions import compared

if __name__ == "__main__":
    if sys.argv[1:2] == ["compare"] and len(sys.argv) == 4:
        Console(width=160).print(compared(*sys.argv[2:]))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=[*MODULES, "cuda"], help="what is measured")
    parser.add_argument("size", nargs="*", type=int, help="steps, or the number of models")
    parser.add_argument("--write", action="store_true", help=f"write the table into docs/{PAGE.name}")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="where cuda computes")
    options = parser.parse_args()
    name = options.name
    if not name:
        if not options.write:
            parser.error(f"needs a name: {', '.join(MODULES)}")
        for one in MODULES:  # each in a process of its own
            subprocess.run([sys.executable, __file__, "--write", one], check=True)
        sys.exit()
    if name == "cuda":
        from speed_of.cuda import cuda

        from rlnotes.base.errors import SettingError

        try:
            Console(width=160).print(cuda(*options.size, device=options.device))
        except SettingError as error:
            sys.exit(str(error))
        sys.exit()
    measure = getattr(import_module(f"speed_of.{MODULES[name]}"), name)
    if name in ("bandits", "linear", "stepping", "tabular"):
        time.perf_counter = time.process_time
    if hasattr(os, "sched_setaffinity") and name != "planning":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    table = measure(*options.size)
    Console(width=160).print(table)
    if options.write:
        write(name, measure.__doc__, table, " ".join(map(str, [name, *options.size])))
