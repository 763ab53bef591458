"""The commands and the Python code of the README work, and the example of CONTRIBUTING.md can be applied."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from matplotlib import pyplot

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^scripts/run (agent=.*?)(?: {2,}#.*)?$", README, re.MULTILINE)


def test_the_commands_are_found():
    assert len(COMMANDS) >= 7


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_the_readme_works(run, tmp_path, words):
    runs = 1_000 if "precision" in words else 3  # runs are added by thousands
    extent = "episodes=20" if "episodes" in words else "steps=300"
    run(*shlex.split(words), extent, f"runs={runs}")
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


def test_the_example_of_a_new_agent_can_be_applied():
    [example] = re.findall(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    subprocess.run(["git", "apply", "--check"], cwd=ROOT, input=example, text=True, check=True)
