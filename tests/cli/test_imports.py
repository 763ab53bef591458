"""A command imports what it needs, since that is most of the time of a short one."""

import subprocess
import sys

import pytest

NAME_A_CELL = """
from rlnotes.agents import UCB
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import Cell
Cell(UCB(), GaussianBandit()).name
"""


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        ("import rlnotes.cli.hydra_app", ["matplotlib", "torch", "pandas", "scipy.optimize", "scipy.sparse"]),
        (NAME_A_CELL, ["rlnotes.agents.planning", "rlnotes.envs.mdps", "matplotlib"]),
    ],
)
def test_what_a_bandit_does_not_need_is_not_imported(code, unused):
    """The name of a cell covers files that nothing has imported yet, and finding them imports none of them."""
    words = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    imported = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in imported
    assert not set(unused) & set(imported)
