"""What several tests need."""

import os
import subprocess
import sys

import pytest

from rlnotes.run import main


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


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in this process and an empty folder: a function of its words that returns what was printed."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["rlnotes", *arguments])
        main()
        return capsys.readouterr().out

    return run


def cells(results):
    """The bytes that decide a results folder: every cell's settings and data."""
    return {
        (path.parent.name, path.name): path.read_bytes()
        for path in sorted(results.glob("cells/*/*"))
        if path.name in ("config.yaml", "data.npz")
    }
