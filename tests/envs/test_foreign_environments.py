"""Environments that are not this project's: wrong values are refused, and right ones stay as they are."""

import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest
from support import wrong_environments
from support.wrong_environments import faults


@pytest.fixture(autouse=True)
def wrong_is_unregistered_afterwards(monkeypatch):
    monkeypatch.setitem(gym.registry, "Wrong-v0", None)


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_value_of_an_environment_or_an_agent_is_refused_in_one_line(seed):
    assert not list(faults(40, seed))


@pytest.mark.slow
def test_no_wrong_value_ends_the_process():
    file = Path(wrong_environments.__file__)
    environment = {**os.environ, "PYTHONPATH": str(file.parent.parent)}
    line = [sys.executable, file, "1000", "1"]
    printed = subprocess.run(line, env=environment, capture_output=True, text=True, check=True, timeout=600).stdout
    assert printed == "1000 cases with seed 1, 1000 ended well\n"
