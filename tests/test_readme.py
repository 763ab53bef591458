"""The commands and the Python code of the README and of the guide work; so does the example of CONTRIBUTING.md."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from matplotlib import pyplot

from rlnotes import catalog

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
COMMAND = re.compile(r"^scripts/run (agent=.*?)(?: {2,}#.*)?$", re.MULTILINE)
COMMANDS = [words for page in PAGES for words in COMMAND.findall(page.read_text("utf-8"))]
OF_A_COMPUTER = "steps a second", "seconds"
"""columns that differ between computers"""


def printed_tables():
    """The tables that pages print, each with the first command of the block of commands before it."""
    for page in [*PAGES, ROOT / "docs" / "first_comparison.md"]:
        command = ""
        for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            if language == "sh":
                command = re.sub(" {2,}#.*", "", text.splitlines()[0])
            elif "┏" in text:
                yield pytest.param(command[command.index("agent=") :], text, id=page.stem)


def cells_and_words(text):
    """The rows of the table in a text, without the columns that differ between computers, and its other words."""
    lines = text.splitlines()
    rows = [[cell.strip() for cell in re.split("[┃│]", line)] for line in lines if line.startswith(("┃", "│"))]
    left_out = [i for i, heading in enumerate(rows[0]) if heading in OF_A_COMPUTER]
    rows = [[cell for i, cell in enumerate(row) if i not in left_out] for row in rows]
    return rows, " ".join(" ".join(line for line in lines if line[:1] not in "┏┃┡│└").split())


def test_the_commands_are_found():
    assert len(COMMANDS) >= 40


def test_the_readme_is_short():
    assert len(PAGES[0].read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("group", catalog.CATALOGS)
def test_the_readme_has_the_whole_catalogue(group):
    named = re.findall(r"`([\w-]+)`", PAGES[0].read_text("utf-8"))
    assert set(catalog.CATALOGS[group]) <= set(named)


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_works(run, tmp_path, words):
    runs = 1_000 if "precision" in words else 3  # runs are added by thousands
    extent = "episodes=20" if "episodes" in words else "steps=300"
    run(*shlex.split(words), extent, f"runs={runs}")
    assert list(tmp_path.glob("results/*/comparison.csv"))


@pytest.mark.slow
@pytest.mark.parametrize(("command", "printed"), list(printed_tables()))
def test_a_page_prints_what_its_command_prints(run, command, printed):
    rows, words = cells_and_words(run(*shlex.split(command)))
    expected_rows, expected_words = cells_and_words(printed)
    assert rows == expected_rows
    assert words.startswith(expected_words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_python_works(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(block, names)
    pyplot.close("all")
    if page.stem == "planning":
        assert names["plan"].value == pytest.approx([74.6496, 78.1056, 82.1056])
    assert (tmp_path / "regret.png").exists() == ("savefig" in page.read_text("utf-8"))


def test_the_example_of_a_new_agent_can_be_applied():
    [example] = re.findall(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    subprocess.run(["git", "apply", "--check"], cwd=ROOT, input=example, text=True, check=True)
