"""The commands `why`, `check` and `clean` on stored cells."""

import io
import re
import shutil
import sys

import pytest

from rlnotes.comparison import Comparison
from rlnotes.simulation.store import Store


@pytest.fixture
def stored(run, tmp_path):
    """Two stored cells that differ in a setting."""
    run("agent=ucb", "agent.delta=0.1,0.2", "steps=9", "runs=2")
    return sorted(tmp_path.glob("results/cells/*"))


def test_why_says_what_differs(run, stored):
    first, second = map(str, stored)
    assert run("why", first, first) == ""
    printed = run("why", first, second)
    assert printed in ("agent.delta: 0.1 → 0.2\n", "agent.delta: 0.2 → 0.1\n")


def test_why_names_code_and_packages(run, stored):
    first, second = stored
    config = second / "config.yaml"
    text = (first / "config.yaml").read_text()
    [line] = [line for line in text.splitlines() if "rlnotes.agents.bandits.ucb:" in line]
    [numpy] = [line for line in text.splitlines() if line.startswith("  numpy:")]
    config.write_text(text.replace(line, line[:-3] + "xyz").replace(numpy, "  numpy: 0.9"))
    version = numpy.split(": ")[1]
    assert run("why", *map(str, stored)) == (
        f"code.rlnotes.agents.bandits.ucb: changed\npackages.numpy: {version} → 0.9\n"
    )


def test_check_reads_every_file(run, stored, capsys):
    assert run("check") == "2 cells are whole\n"
    (stored[1] / "summary.json").write_text("{}")
    with pytest.raises(SystemExit, match="1 of 2 cells are damaged"):
        run("check", "results")
    assert "summary.json is damaged" in capsys.readouterr().out


def unused_cells(folder):
    """Remove the folders of the comparisons; their cells stay."""
    for comparison in folder.glob("results/*/comparison.json"):
        shutil.rmtree(comparison.parent)


def test_clean_says_what_it_would_remove_and_removes_it_with_yes(run, stored, tmp_path):
    assert run("clean") == "nothing to remove\n"
    (stored[1] / "summary.json").unlink()
    name = f"results/cells/{stored[1].name}: damaged, or of an earlier version, 0.0 MB\n"
    assert run("clean") == f"{name}nothing is removed; with --yes it would be 1 files and folders, 0.0 MB\n"
    assert run("clean", "results", "--yes") == f"{name}removed 1 of 1 files and folders, 0.0 MB\n"
    assert run("check") == "1 cells are whole\n"
    unused_cells(tmp_path)
    assert f"results/cells/{stored[0].name}: no comparison uses it" in run("clean")
    assert stored[0].exists()
    assert "removed 1 of 1" in run("clean", "--yes")
    assert [path.name for path in tmp_path.glob("results/*")] == ["cells"]
    assert not stored[0].exists()


@pytest.mark.parametrize(
    ("answer", "stays"), [("y\n", False), ("yes\n", False), ("n\n", True), ("\n", True), ("", True)]
)
def test_clean_asks_on_a_terminal(run, stored, tmp_path, monkeypatch, answer, stays):
    unused_cells(tmp_path)

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert "Remove 2 files and folders, " in run("clean")
    assert [cell.exists() for cell in stored] == [not answer.startswith("y")] * 2


def test_clean_keeps_cells_while_another_process_computes_or_a_comparison_cannot_be_read(run, stored, tmp_path):
    unused_cells(tmp_path)
    with Store("results").in_use():
        assert run("clean", "--yes") == (
            "cells that no comparison uses stay: another process computes in results\nnothing to remove\n"
        )
    (tmp_path / "results" / "old").mkdir()
    (tmp_path / "results" / "old" / "comparison.json").write_text("[]")
    assert "stay: results/old is of another version" in run("clean", "--yes")
    assert all(cell.exists() for cell in stored)


def test_a_command_tells_others_that_it_computes_until_it_ends(run, tmp_path, monkeypatch):
    seen, text = [], Comparison.text

    def watched(comparison, width):
        seen.append(Store("results").is_in_use())
        return text(comparison, width)

    monkeypatch.setattr(Comparison, "text", watched)
    run("agent=ucb", "steps=9", "runs=2")
    assert seen == [True]
    assert not Store("results").is_in_use()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["why", "a"], "why=a: must have A B, the folders of two cells"),
        (["why", "a", "b"], "why=a: must be the folder of a cell"),
        (["check", "a", "b"], "check=a b: must have [RESULTS], one folder of results"),
        (["check", "nowhere"], "results=nowhere: holds no cells"),
        (["clean", "a", "b"], "clean=a b: must have [RESULTS] [--yes], one folder of results"),
        (["clean", "--yess"], "clean=--yess: must have [RESULTS] [--yes], one folder of results (did you mean --yes?)"),
        (["clean", "nowhere"], "results=nowhere: holds no cells"),
    ],
)
def test_other_words_are_refused(run, words, message):
    with pytest.raises(SystemExit, match=f"^rlnotes: {re.escape(message)}"):
        run(*words)
