"""Commands that run in processes of their own, beside the test."""

import subprocess
import sys
from contextlib import contextmanager

TAKES_INTERRUPTS = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("rlnotes.run", run_name="__main__", alter_sys=True)
"""
"""the command with Python's own handler of SIGINT; a process of a background job (`pytest &`) inherits that it ignores
SIGINT"""


@contextmanager
def started(folder, *words, **streams):
    """The process of a command line in a folder, as in a terminal; at the end of the context it is dead.

    Its streams are dropped, unless `stdout` or `stderr` say otherwise.
    """
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
    line = [sys.executable, "-c", TAKES_INTERRUPTS, *words]
    with subprocess.Popen(line, cwd=folder, stdin=subprocess.DEVNULL, text=True, **streams) as process:
        try:
            yield process
        finally:
            process.kill()
