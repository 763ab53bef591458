"""What several tests need."""

import os
import subprocess
import sys

import pytest

from rlnotes.run import main

os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch's threads would get into the way of tests beside


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


@pytest.fixture
def double():
    """Torch's default of real numbers is float64, and its luck of today is 0."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)
