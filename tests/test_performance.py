"""The page of measured speed has a section per benchmark, with the machine, the date and the command."""

import re
import subprocess
from datetime import date

import pytest
from rich.table import Table
from speed_of import page, revisions

TABLE = Table(title="1,000 runs", caption="Noise floor 13 ns")
TABLE.add_column("agent")
TABLE.add_column("ratio", justify="right")
TABLE.add_row("ucb", "2.5")


def test_a_section_says_what_was_measured_where_when_and_how():
    text = page.section("A pull\nof an agent.", TABLE, "bandits 1000")
    assert "A pull\nof an agent.\n\n| agent | ratio |\n| --- | --: |\n| ucb | 2.5 |\n" in text
    assert "1,000 runs. Noise floor 13 ns." in text
    assert f"{date.today():%B %Y}, {page.processor()}, Python 3." in text
    assert "`python scripts/benchmark.py bandits 1000`" in text


def test_the_rows_of_a_table_are_data_by_heading():
    assert page.as_data(TABLE) == {
        "title": "1,000 runs",
        "note": "Noise floor 13 ns",
        "rows": [{"agent": "ucb", "ratio": "2.5"}],
    }


def test_a_benchmark_replaces_its_own_section_only():
    before = "# Performance\n\n## Bandits\n\nold\n\n## Layers\n\nkept\n"
    after = page.with_section(before, "bandits", r"new \1")
    assert after == "# Performance\n\n## Bandits\n\nnew \\1\n## Layers\n\nkept\n"
    assert page.with_section(after, "layers", "newer").endswith("## Layers\n\nnewer\n")


def test_the_page_has_every_benchmark_with_date_and_command():
    text = page.PAGE.read_text("utf-8")
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [page.TITLES[name] for name in page.MODULES]
    for name in page.MODULES:
        assert re.search(rf" 20\d\d, .*: `python scripts/benchmark.py {name}[ \d]*`", text), name


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([1.05, 1.2, 1.04], "slower"),
        ([0.9, 0.95, 0.8], "faster"),
        ([0.99, 1.2, 1.1], "no clear difference"),
        ([1.01, 1.02, 1.01], "no clear difference"),
    ],
)
def test_a_revision_is_slower_if_all_repeats_say_so(ratios, verdict):
    assert revisions.verdict(ratios) == verdict


@pytest.mark.slow
@pytest.mark.skipif(not (revisions.ROOT / ".git").exists(), reason="needs the history of the project")
def test_two_revisions_are_compared_and_their_folders_removed(monkeypatch):
    cell = {"agents": "ucb", "envs": "gaussian_bandit", "steps": 20, "runs": 10}
    monkeypatch.setattr(revisions, "CELLS", {"a cell": cell})
    monkeypatch.setattr(revisions, "REPEATS", 2)
    listed = ["git", "-C", revisions.ROOT, "worktree", "list"]
    before = subprocess.run(listed, capture_output=True, check=True).stdout
    [names, *_] = [column.cells for column in revisions.compared("HEAD", "HEAD").columns]
    assert [*names] == ["a cell"]
    assert subprocess.run(listed, capture_output=True, check=True).stdout == before
    with pytest.raises(SystemExit, match="compare: nowhere: "):
        revisions.compared("HEAD", "nowhere")
