"""Run scripts in forks of one process that has imported rlnotes before, which is much faster than in new processes.

    python forked_scripts.py < FOLDERS

Runs main.py of each folder, with the folder as working directory, and prints what it prints, up to a line of dashes.
"""

import os
import runpy
import sys
import traceback

import rlnotes.simulation.run  # noqa: F401
from rlnotes.simulation.fingerprint import fingerprint


def run(folder):
    """Run main.py of a folder in a fork."""
    if (child := os.fork()) == 0:
        os.chdir(folder)
        sys.path[0] = os.getcwd()
        sys.argv[:] = ["main.py"]
        os.dup2(1, 2)
        try:
            runpy.run_path(os.path.abspath("main.py"), run_name="__main__")
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    print("-----", flush=True)


fingerprint(run)  # the forks need not read the files of the project again
for line in sys.stdin:
    run(line.strip())
