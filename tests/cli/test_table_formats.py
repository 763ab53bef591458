"""The table of a stored comparison in LaTeX, Markdown and CSV."""

import csv
import re
import shutil
import subprocess

import pytest

from rlnotes import compare
from rlnotes.base.errors import SettingError


@pytest.fixture
def shown(run, tmp_path):
    """A function of a format, which returns what `show` prints."""
    run("agent=etc,ucb", "etc.pulls=2", "steps=50", "runs=20")
    [file] = tmp_path.glob("results/*/comparison.json")
    return lambda *words: run("show", file.parent.name, *words)


def test_markdown(shown):
    lines = shown("--format", "markdown").splitlines()
    assert lines[0].startswith("|  | regret ± 95 % | paired difference | ")
    assert re.fullmatch(r"\| ---( \| ---:)+ \|", lines[1])
    assert [line[:6] for line in lines[2:]] == ["| etc ", "| ucb "]
    assert len({line.count("|") for line in lines}) == 1


def test_csv(shown):
    first, *rows = csv.reader(shown("--format=csv").splitlines())
    assert first[:2] == ["", "regret ± 95 %"]
    assert [row[0] for row in rows] == ["etc", "ucb"]
    assert [row[first.index("runs")] for row in rows] == ["20", "20"]


def test_latex(shown, tmp_path):
    text = shown("--format", "latex")
    lines = text.splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrrr}"
    assert lines[2].startswith(r"   & regret $\pm$ 95 \% & paired difference & ")
    assert [line.count("&") for line in lines if line.endswith(r"\\")] == [5, 5, 5]
    assert "%" not in text.replace(r"\%", "")
    if latex := shutil.which("pdflatex"):
        document = rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{text}\end{{document}}"
        (tmp_path / "table.tex").write_text(document)
        subprocess.run([latex, "-halt-on-error", "table.tex"], cwd=tmp_path, check=True, capture_output=True)


def test_names_with_underscores_and_bars_stay_as_they_are():
    comparison = compare(["ucb", "kl_ucb"], steps=50, runs=20, progress=False)
    comparison.rows[0].label = "a|b_c"
    assert r"a\|b_c" in comparison.formatted("markdown")
    assert r"a|b\_c" in comparison.formatted("latex")


def test_an_unknown_format_is_refused():
    with pytest.raises(SettingError, match=r"^format=htlm: unknown; must be latex, markdown or csv$"):
        compare("ucb", steps=9, runs=2, progress=False).formatted("htlm")
