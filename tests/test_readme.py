"""The commands and the Python code of the README work."""

import re
import shlex
from pathlib import Path

import pytest
from matplotlib import pyplot

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^scripts/run (agent=.*?)(?: {2,}#.*)?$", README, re.MULTILINE)


def test_the_commands_are_found():
    assert len(COMMANDS) >= 7


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_the_readme_works(run, tmp_path, words):
    runs = 1_000 if "precision" in words else 3  # runs are added by thousands
    run(*shlex.split(words), "steps=300", f"runs={runs}")
    assert list(tmp_path.glob("results/*/comparison.csv"))


def test_the_python_of_the_readme_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)
    pyplot.close("all")
    assert names["plan"].value == pytest.approx([74.6496, 78.1056, 82.1056])
    assert (tmp_path / "regret.png").exists()
