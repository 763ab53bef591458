"""Run random command lines in forks, and print each one that ends badly.

    PYTHONPATH=tests python tests/support/fuzzed_commands.py 1000 [SEED]

A command ends with status 0, or with 1 or 2 and one line (Hydra's usage has several). It prints no traceback, no signal
kills it, and it takes at most 2 GB and 20 s. The last line says how many commands ran, and how many ended well.
"""

import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback

import rlnotes.cli.hydra_app  # noqa: F401
from rlnotes import catalog
from rlnotes.run import main

SECONDS, GIGABYTES = 20, 2


def run(words, folder):
    """Run a command in a fork; returns its status, standard error, seconds, and the gigabytes that it needs more."""
    errors, began = os.path.join(folder, "errors"), time.monotonic()
    if (child := os.fork()) == 0:
        status = 1
        try:
            os.chdir(os.path.join(folder, "here"))
            open("file", "w").close()
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), 2)
            signal.alarm(SECONDS)
            sys.argv[:] = ["rlnotes", *words]
            main()
            status = 0
        except SystemExit as exit:
            status = exit.code if isinstance(exit.code, int) else 0 if exit.code is None else 1
            if isinstance(exit.code, str):
                print(exit.code, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(status)
    _, status, usage = os.wait4(child, 0)
    with open(errors, encoding="utf-8", errors="replace") as file:
        text = file.read()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return os.waitstatus_to_exitcode(status), text, time.monotonic() - began, (usage.ru_maxrss - own) / 1e6


def fault(status, errors, seconds, gigabytes):
    """What is wrong with the end of a command; None if nothing is."""
    if "Traceback" in errors:
        return errors[-1500:]
    if status not in (0, 1, 2):
        return f"status {status} after {seconds:.1f} s: {errors[-300:]}"
    if status == 1 and not errors.splitlines()[-1].startswith("rlnotes: "):
        return f"no line of its own: {errors[-300:]}"
    if gigabytes > GIGABYTES or seconds > SECONDS:
        return f"{gigabytes:.1f} GB, {seconds:.1f} s"
    return None


if __name__ == "__main__":
    from support import command_grammar as grammar

    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    for group, names in catalog.CATALOGS.items():
        for name in names:
            catalog.find(group, name)  # import everything once, for all forks
    good = 0
    for i in range(number):
        words = grammar.command(random.Random(f"{seed}-{i}"))
        folder = tempfile.mkdtemp()
        os.mkdir(os.path.join(folder, "here"))
        if found := fault(*run(words, folder)):
            print(f"{words}\n    {found}\n", flush=True)
        good += not found
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{number} commands with seed {seed}, {good} ended well")
