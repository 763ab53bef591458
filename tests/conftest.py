"""What several tests need."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def command(tmp_path):
    """Run `python -m rlnotes.run` in an empty folder: a function of its arguments that returns the finished process."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "rlnotes.run", *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def cells(results):
    """The bytes that decide a results folder: every cell's settings and data."""
    return {
        (path.parent.name, path.name): path.read_bytes()
        for path in sorted(results.glob("cells/*/*"))
        if path.name in ("config.yaml", "data.npz")
    }
