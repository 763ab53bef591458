"""Tables are readable in a narrow terminal, without symbols beyond ASCII, and in a notebook."""

import pytest

from rlnotes import compare

WORDS = ["agent=etc,ucb", "steps=50", "runs=20"]


def test_a_terminal_without_the_symbols_has_the_table_in_ascii(command):
    printed = command(*WORDS, PYTHONIOENCODING="ascii")
    assert printed.returncode == 0
    assert "?" not in printed.stdout
    lines = printed.stdout.splitlines()
    assert lines[1].startswith("+-----+---------------+")
    assert lines[4].startswith("| etc |")


@pytest.mark.parametrize(
    "words", [WORDS, ["agent=value_iteration,policy_iteration", "env=forest", "steps=50", "runs=5"]]
)
def test_a_table_fits_into_60_columns_and_no_word_is_lost(run, monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "60")
    text = run(*words)
    table = [line for line in text.splitlines() if line[:1] in "┏┃┡│└"]
    assert table
    assert max(map(len, table)) <= 60
    assert "…" not in "".join(table)


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
