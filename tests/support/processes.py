"""Commands that run in processes of their own, beside the test."""

import subprocess
import sys
from contextlib import contextmanager

WITH_HANDLER = """
import runpy, signal
signal.signal(signal.SIGINT, signal.{handler})
runpy.run_module("rlnotes.run", run_name="__main__", alter_sys=True)
"""
"""the command with a handler of SIGINT; a process of a background job (`pytest &`) inherits that it ignores SIGINT"""


@contextmanager
def started(folder, *words, handler="default_int_handler", **streams):
    """The process of a command line in a folder, as in a terminal, with a process group of its own.

    At the end of the context it is dead. Its streams are dropped, unless `stdout` or `stderr` say otherwise.
    """
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
    line = [sys.executable, "-c", WITH_HANDLER.format(handler=handler), *words]
    options = {"stdin": subprocess.DEVNULL, "text": True, "process_group": 0, **streams}
    with subprocess.Popen(line, cwd=folder, **options) as process:
        try:
            yield process
        finally:
            process.kill()
