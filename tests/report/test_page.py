"""The page of a comparison: its numbers, its words, and what happens if it cannot be written."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from rlnotes import compare
from rlnotes.agents import ETC, UCB, Thompson, ValueIteration
from rlnotes.analysis.comparison_row import Line
from rlnotes.analysis.tables import columns_of, heading_of
from rlnotes.base.docstrings import glossary
from rlnotes.comparison import SavedComparison
from rlnotes.envs import GaussianBandit
from rlnotes.report.citation import bibtex
from rlnotes.report.page import RECORDS, Origin, write_page
from rlnotes.settings import Plot
from rlnotes.simulation.store import Store

QUICK = {"steps": 60, "runs": 20, "progress": False}
ORIGIN = Origin("python -m rlnotes.run agent=etc,ucb", "2026-11-29T10:00:00.000+00:00")


@pytest.fixture(scope="module")
def comparison():
    return compare([ETC(pulls=5), UCB(), Thompson()], [GaussianBandit(), GaussianBandit(arms=3)], **QUICK)


@pytest.fixture
def folder(comparison, tmp_path):
    return comparison.save(Store(tmp_path), "today", command=ORIGIN.command)


def page(folder):
    return BeautifulSoup((folder / "report.html").read_text("utf-8"), "html.parser")


def lines_of_csv(folder):
    with (folder / "comparison.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(rows, file, **others):
    values = {"plot": Plot(), "origin": ORIGIN, "bounds": [], "formats": {}} | others
    write_page(file, rows, **values)
    return file.read_text("utf-8")


def test_the_table_has_every_number_of_the_file(folder):
    table = page(folder).find(id="results")
    names = [heading["data-column"] for heading in table.thead.find_all("th")]
    shown = [[cell["value"] for cell in row.find_all("data")] for row in table.tbody.find_all("tr")]
    expected = lines_of_csv(folder)
    assert names == list(expected[0])
    assert shown == [list(line.values()) for line in expected]


def test_the_headings_are_the_words_of_the_terminal(comparison, folder):
    shown = {cell.get_text() for cell in page(folder).find(id="results").thead.find_all("button")}
    assert {"paired difference", "beats it", "runs", "steps a second"} <= shown & {
        *columns_of(comparison.rows, "regret")
    }


def test_a_slope_is_no_height(folder):
    rows = [[cell.get_text() for cell in row.find_all(["td"])] for row in page(folder).select("table.words tbody tr")]
    slopes = [value for _, _, about, value, _ in rows if about == "slope"]
    assert slopes
    assert all(re.fullmatch(r"[\d.]+ log n, a slope and no height", value) for value in slopes)
    assert not any("slope" in value for _, _, about, value, _ in rows if about != "slope")


def test_the_best_rows_are_marked(folder):
    rows = page(folder).find(id="results").tbody.find_all("tr")
    assert [row.get("class") == ["best"] for row in rows] == [line["best"] == "True" for line in lines_of_csv(folder)]


def test_the_glossary_says_what_the_record_says(folder):
    shown = page(folder)
    words = {term.get_text(): term.find_next("dd").get_text() for term in shown.find(id="table").find_all("dt")}
    assert words == {heading_of(name): glossary(Line)[name] for name in lines_of_csv(folder)[0]}
    assert words["p value"] == "p-value of the mean difference, adjusted for all pairs of rows (Holm)"
    assert {heading["title"] for heading in shown.find(id="results").thead.find_all("th")} == set(words.values())


def test_every_column_that_there_may_be_has_a_meaning():
    assert glossary(*RECORDS).keys() == Line.__annotations__.keys()


def test_the_heading_says_what_ran(folder):
    header = page(folder).header
    assert header.h1.get_text() == "etc, ucb, thompson on gaussian_bandit"
    assert header.code.get_text() == ORIGIN.command
    assert header.time["datetime"] == SavedComparison.read(folder).date
    assert "pulls=5" in header.details.get_text()


def test_the_texts_to_copy_are_those_of_the_comparison(comparison, folder):
    shown = page(folder)
    buttons = {button.get_text(): shown.find(id=button["data-copy"]) for button in shown.select("[data-copy]")}
    texts = {name.removeprefix("copy as "): text.get_text().removeprefix("\n") for name, text in buttons.items()}
    expected = {name: comparison.formatted(name.lower()) for name in ("LaTeX", "Markdown", "CSV")}
    assert texts == expected | {"BibTeX": bibtex()}


def test_the_citation_is_that_of_the_project():
    cited = yaml.safe_load((Path(__file__).parents[2] / "CITATION.cff").read_text("utf-8"))
    for value in (cited["title"], cited["version"], cited["authors"][0]["name"]):
        assert f"{{{value}}}" in bibtex()


def test_the_bounds_are_those_of_the_other_file(folder):
    bounds = SavedComparison.read(folder).bounds
    shown = page(folder).select("table.words tbody tr")
    assert [float(row.data["value"]) for row in shown] == [bound["value"] for bound in bounds]
    assert len(bounds) > 5


def test_the_page_needs_no_other_file(folder):
    shown = page(folder)
    assert not shown.select("[src], [href], link, iframe, object")
    assert "default-src 'none'" in shown.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert not re.search(r"url\(|@import|fetch\(|import\(|://(?!www\.w3\.org/2000/svg)", str(shown))


def test_the_same_input_gives_the_same_bytes(comparison, tmp_path):
    assert written(comparison.rows, tmp_path / "a.html") == written(comparison.rows, tmp_path / "b.html")


def test_twenty_agents_are_a_small_file(tmp_path):
    rows = compare([UCB(delta=0.5**i) for i in range(1, 21)], steps=2_000, runs=20, progress=False).rows
    assert len(written(rows, tmp_path / "report.html").encode()) < 500_000


def test_words_of_a_user_are_no_code(tmp_path):
    [row] = compare(ValueIteration(), "FrozenLake-v1", **QUICK).rows
    attack = "</script><b>"
    text = written([replace(row, label=attack)], tmp_path / "report.html", origin=Origin(attack, ORIGIN.date))
    assert attack not in text
    assert BeautifulSoup(text, "html.parser").code.get_text() == attack


def test_a_page_that_cannot_be_written_leaves_the_comparison(comparison, tmp_path, monkeypatch):
    def fail(file, *_):
        file.write_text("half")
        raise RuntimeError("no page today")

    monkeypatch.setattr("rlnotes.report.page.write_page", fail)
    with pytest.warns(UserWarning, match=r"report.html cannot be written \(RuntimeError: no page today\)"):
        folder = comparison.save(Store(tmp_path), "today")
    assert len(lines_of_csv(folder)) == len(comparison.rows)
    assert (folder / "regret.png").exists()
    assert not (folder / "report.html").exists()


def test_show_writes_the_page_again(run, tmp_path, monkeypatch):
    run("agent=ucb", "steps=50", "runs=3")
    [file] = tmp_path.glob("results/*/report.html")
    assert '"log_x":true' not in file.read_text("utf-8")
    assert "report.html" in run("show", str(file.parent), "plot.log_x=true")
    assert '"log_x":true' in file.read_text("utf-8")
    monkeypatch.setattr("rlnotes.report.page.write_page", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match=r"report.html cannot be written"):
        run("show", str(file.parent), "plot.log_x=false")
    assert not file.exists()
