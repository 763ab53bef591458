"""Figures of more rows than the eye tells apart."""

from matplotlib.figure import Figure

from rlnotes.agents import UCB
from rlnotes.comparison import compare
from rlnotes.figures import files
from rlnotes.settings import Plot


def test_a_figure_of_many_rows_shows_the_best_and_says_so(monkeypatch):
    monkeypatch.setattr(files, "MOST", 3)
    comparison = compare([UCB(delta=2.0**-i) for i in range(1, 7)], steps=50, runs=20, progress=False)
    rows = comparison.rows_by("regret")
    best = {row.label for row in sorted(rows, key=lambda row: row.estimate.mean)[:3]}
    made = files.figures(rows, "regret", Plot(theory=False))
    for name in ("regret", "pulls", "scores"):
        assert made[name].get_suptitle().endswith("\nthe best 3 of 6 rows")
    drawn = [line.get_label() for line in made["regret"].axes[0].get_lines()]
    assert drawn == [row.label for row in rows if row.label in best]
    assert "of 6 rows" not in made["regret_by_delta"].get_suptitle()
    assert len(made["regret_by_delta"].axes[0].get_lines()[0].get_xdata()) == 6


def test_a_figure_of_few_rows_shows_all():
    rows = compare(["ucb", "etc"], steps=50, runs=20, progress=False).rows_by("regret")
    figure = Figure()
    files.draw(figure, rows, "regret", Plot(theory=False))
    assert "rows" not in figure.get_suptitle()
    assert len(figure.axes[0].get_lines()) == 2
