"""The commands and the Python code on the pages of docs run as they stand."""

import re
import shlex
from pathlib import Path

import pytest
from matplotlib import pyplot
from support.own_files import forgotten, loaded_from

DOCS = Path(__file__).parents[1] / "docs"
ELSEWHERE = "_build", "generated", "guide", "tutorials"
"""folders without pages for this test: test_readme.py runs the guide, and the build of the site runs the tutorials"""
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in ELSEWHERE]
BLOCK = r"(?:^`(\w+\.py)`\n\n)?^```(sh|python)\n(.*?)^```"
"""a block of code, and before it the name of the file to save it in"""
RUN = r"(?:python -m rlnotes\.run|scripts/run) (.*?)(?: {2,}#.*)?"
OTHERS = ("pip install ", "scripts/docs")
"""beginnings of commands that install packages, or that another test runs"""


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(command, run, tmp_path, monkeypatch, page):
    monkeypatch.setattr("rlnotes.simulation.fingerprint.user_modules", lambda: loaded_from(tmp_path))
    monkeypatch.chdir(tmp_path)
    names = {}
    with forgotten():
        for file, language, text in re.findall(BLOCK, page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            if file:
                (tmp_path / file).write_text(text, encoding="utf-8")
            elif language == "python":
                exec(text, names)
            else:
                for line in text.splitlines():
                    run_line(line, command, run)
    pyplot.close("all")


def run_line(line, command, run):
    """Run a command of a page; one that starts other processes in a process of its own."""
    found = re.fullmatch(RUN, line)
    assert found or line.startswith(OTHERS), f"a command that no test runs: {line}"
    if found and "hydra/" in line:
        finished = command(*shlex.split(found[1]))
        assert finished.returncode == 0, finished.stderr
    elif found:
        run(*shlex.split(found[1]))
