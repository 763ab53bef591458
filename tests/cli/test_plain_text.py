"""Tables are readable in a narrow terminal, without symbols beyond ASCII, and in a notebook."""

import re

import pytest
from matplotlib import pyplot

from rlnotes import compare
from rlnotes.base.errors import SettingError

WORDS = ["agent=etc,ucb", "steps=50", "runs=20"]


def test_a_terminal_without_the_symbols_has_the_table_in_ascii(command):
    printed = command(*WORDS, PYTHONIOENCODING="ascii")
    assert printed.returncode == 0
    assert "?" not in printed.stdout
    lines = printed.stdout.splitlines()
    assert lines[1].startswith("+-----+---------------+")
    assert lines[4].startswith("| etc |")


@pytest.mark.parametrize("columns", [60, 80])
def test_numbers_stay_whole_in_a_narrow_terminal(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(*WORDS).splitlines()
    assert max(map(len, lines[:8])) <= columns
    [etc] = [line for line in lines if re.match("[│ ]*etc ", line)]
    assert re.search(r"etc[ │]+[\d.]+ ± [\d.]+[ │]+[\d.]+ ± [\d.]+[ │]+\d+ %[ │]+20[ │]+[\d,]+", etc)


def test_a_table_is_turned_in_a_very_narrow_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "45")
    found = [line.split() for line in run(*WORDS).splitlines() if len(line) <= 45]
    assert ["etc", "ucb"] in found
    assert ["runs", "20", "20"] in found


def test_a_table_with_many_columns_is_turned_in_a_narrow_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = run("agent=value_iteration,policy_iteration", "env=forest", "steps=50", "runs=5").splitlines()
    assert max(map(len, lines[:-1])) <= 60
    found = [line.split() for line in lines]
    assert ["value_iteration", "policy_iteration"] in found
    assert ["runs", "5", "5"] in found
    assert ["value", "74.6496", "74.6496"] in found


def test_a_notebook_shows_a_table():
    comparison = compare(["etc", "ucb"], steps=50, runs=20, progress=False)
    html = comparison._repr_html_()
    assert html.count("<table") == 1
    assert html.count("<tr>") == 3
    for words in ("<th>regret ± 95 %</th>", "<td>etc</td>", "50 steps, 20 runs"):
        assert words in html


def test_the_text_of_a_label_is_no_html():
    comparison = compare("ucb", steps=50, runs=20, progress=False)
    comparison.rows[0].label = "<b>&"
    assert "<td>&lt;b&gt;&amp;</td>" in comparison._repr_html_()


def test_a_notebook_shows_a_figure_once(monkeypatch):
    """It shows every figure that is open when a cell ends, and the value of its last line."""
    comparison = compare("ucb", steps=50, runs=20, progress=False)
    monkeypatch.setattr("matplotlib.pyplot.get_backend", lambda: "module://matplotlib_inline.backend_inline")
    figure = comparison.plot()
    assert not pyplot.get_fignums()
    assert len(figure.axes) == 1


def test_a_notebook_shows_a_mistake_in_one_line():
    with pytest.raises(SettingError) as error:
        compare("ubc", steps=50, runs=20)
    [line] = error.value._render_traceback_()
    assert line.startswith("SettingError: agent=ubc: unknown (did you mean ucb?)")


def test_the_bar_in_a_notebook_needs_no_widgets(monkeypatch, capsys):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    compare("ucb", steps=50, runs=20)
    assert "ucb on gaussian_bandit, steps=50, runs=20" in capsys.readouterr().err
