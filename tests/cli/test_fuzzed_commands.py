"""Random command lines, right and wrong, end without a traceback and within the limits of fuzzed_commands.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import fuzzed_commands


@pytest.mark.slow
def test_random_commands_end_as_commands_should():
    file = Path(fuzzed_commands.__file__)
    environment = {**os.environ, "PYTHONPATH": str(file.parent.parent)}
    line = [sys.executable, file, "15", "1"]
    printed = subprocess.run(line, env=environment, capture_output=True, text=True, check=True, timeout=300).stdout
    assert printed == "15 commands with seed 1, 15 ended well\n"
