"""Random command lines, right and wrong, end without a traceback and within the limits of fuzzed_commands.py."""

import subprocess
import sys
from pathlib import Path

import pytest
from support import fuzzed_commands


@pytest.mark.slow
def test_random_commands_end_as_commands_should():
    line = [sys.executable, Path(fuzzed_commands.__file__), "60", "1"]
    printed = subprocess.run(line, capture_output=True, text=True, check=True, timeout=300).stdout
    assert printed == "60 commands with seed 1, 60 ended well\n"
