"""Fixtures that tests of several rooms share, and the rule that a test leaves the process as it found it."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # torch reads it when imported; its threads would slow down parallel tests
os.environ["MPLBACKEND"] = "agg"  # matplotlib reads it when imported; no window may open

import gc
import re
import subprocess
import sys
import warnings
from importlib.util import find_spec

import gymnasium as gym
import pytest
from support.process_state import changes, process_state

from rlnotes.base.errors import SettingError
from rlnotes.run import main

TERMINAL = ("LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COMP_LINE")
"""variables of a terminal that change what is printed"""
PYTHON = ("HYDRA_FULL_ERROR", "PYTHONWARNINGS", "PYTHONIOENCODING")
"""variables that change how Python and Hydra report"""

WITHOUT_EXTRAS = find_spec("torch") is None
"""whether the extras are not installed, as in scripts/versions; then the tests that need one are skipped"""
EXTRAS = re.compile("torch|stable_baselines3|sb3|joblib|h5py|minari|tensorboard|scikit-learn|bs4")
"""what an error names if an extra is missing"""
NEED_TORCH = ["nn", "agents/deep", "simulation/test_checkpoint.py", "cli/test_nested_settings.py"]
collect_ignore = NEED_TORCH if WITHOUT_EXTRAS else []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Skip a test that needs an extra if the extras are not installed."""
    try:
        return (yield)
    except (ModuleNotFoundError, SettingError, SystemExit, AssertionError) as error:
        if WITHOUT_EXTRAS and EXTRAS.search(str(error)):
            pytest.skip(f"the extras are not installed: {error}")
        raise


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Skip a file whose import needs an extra, in the same way."""
    report = yield
    if WITHOUT_EXTRAS and report.failed and EXTRAS.search(report.longreprtext.splitlines()[-1]):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, "the extras are not installed")
    return report


def pytest_collection_finish():
    """Collect garbage rarely, and without the thousands of collected tests, since each time takes 0.3 s."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def environment():
    """The same environment variables for every test, in whatever terminal or background job pytest runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "120")
        for name in (*TERMINAL, *PYTHON):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def unchanged_process(environment):
    """Fail a test that changes global state and does not restore it, since another test would then see it."""
    before = process_state()
    yield
    assert changes(before, process_state()) == []


@pytest.fixture
def registry():
    """Gymnasium's registry. After the test it is again as it was before."""
    before = dict(gym.registry)
    yield
    gym.registry.clear()
    gym.registry.update(before)


@pytest.fixture
def command(tmp_path):
    """Run `python -m rlnotes.run` in an empty folder: a function of its words that returns the finished process.

    Keywords set environment variables; None removes one.
    """

    def run(*words, **variables):
        environment = {key: value for key, value in {**os.environ, **variables}.items() if value is not None}
        return subprocess.run(
            [sys.executable, "-m", "rlnotes.run", *words],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in this process and an empty folder: a function of its words that returns the printed text."""
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # the command sets it, so pytest has to restore it
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # so does this
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["rlnotes", *words])
        main()
        return capsys.readouterr().out

    return run


@pytest.fixture
def double():
    """Torch computes in float64 with the seed 0; afterwards its precision and random numbers are as before."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        yield
    torch.set_default_dtype(before)
