"""Figures at the size of a column of a paper: nothing is cut off, and nothing lies on something else."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib import pyplot, rc_context

from rlnotes import compare
from rlnotes.agents import ETC
from rlnotes.envs import CliffWalking, GaussianBandit, Gridworld
from rlnotes.figures.files import figures, new, resize
from rlnotes.figures.legends import covers, legend
from rlnotes.figures.outcomes import SCORES, score_name
from rlnotes.settings import Plot

COLUMN = Plot(width=3.3, height=2.4, font_size=8, theory=False)


@pytest.mark.parametrize(
    ("agents", "envs"),
    [
        (["ucb", "thompson", "etc"], GaussianBandit()),
        (["ucb", "etc"], [GaussianBandit(gap=0.1), GaussianBandit(gap=0.3)]),
        (["value_iteration", "policy_iteration"], Gridworld()),
    ],
)
def test_no_text_is_cut_off(agents, envs):
    comparison = compare(agents, envs, steps=1000, runs=20, progress=False)
    with rc_context({"font.size": 8}):
        for name, figure in figures(comparison.rows, comparison.metrics[0], COLUMN).items():
            resize(figure, COLUMN, by_rows=name == "scores")
            box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
            assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.01, name


def test_numbers_of_seconds_do_not_overlap():
    [row] = compare("value_iteration", Gridworld(), steps=20, runs=5, progress=False).rows_by("value")
    row.result.clock = np.linspace(0.0001, 0.0061, len(row.result.clock)).tolist()
    with rc_context({"font.size": 8}):
        figure = figures([row], "value", COLUMN)["value"]
        resize(figure, COLUMN)
        [axes] = [axes for axes in figure.axes if axes.get_xlabel() == "seconds"]
        low, high = axes.get_xlim()
        labels = [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
        boxes = [label.get_window_extent() for label in labels]
    assert len(boxes) > 1
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("full", [True, False])
def test_a_legend_without_a_free_place_stands_beside_the_panel(full):
    figure = new()
    axes = figure.subplots()
    for i in range(3):
        axes.plot(range(40), [i, i + 5 * full] * 20, label=f"line {i}")
    legend(figure, [axes])
    resize(figure, Plot(width=3.3))
    assert bool(figure.legends) == full
    assert (axes.get_legend() is None) == full
    assert full or not covers(figure, axes.get_legend(), axes)


def test_a_legend_stays_if_a_line_passes_only_beside_its_names():
    """The box of the legend reaches as far as its longest name."""
    figure = new()
    axes = figure.subplots()
    axes.plot([0.0, 1.0], [0.0, 0.0], label="a name that is much longer than the other")
    axes.plot([0.0, 1.0], [0.0, 0.0], label="short")
    axes.set_ylim(0, 1)
    legend(figure, [axes])
    axes.get_legend().set_loc("upper right")
    figure.draw_without_rendering()
    long, short = (text.get_window_extent() for text in axes.get_legend().get_texts())
    beside = [(long.x1 - 5, short.y0), (long.x1 - 5, short.y1)]
    axes.plot(*axes.transData.inverted().transform(beside).T)
    assert not covers(figure, axes.get_legend(), axes)
    through = [(long.x1 - 5, short.y0), (long.x1 - 5, long.y1)]
    axes.plot(*axes.transData.inverted().transform(through).T)
    assert covers(figure, axes.get_legend(), axes)


def test_the_height_is_that_of_a_line_of_panels():
    gaps = [GaussianBandit(gap=gap) for gap in (0.5, 1.0)]
    for envs, lines in ((gaps[:1], 1), (gaps, 2)):
        figure = compare("ucb", envs, steps=60, runs=20, progress=False).plot("pulls", width=3.3, height=2.4)
        assert figure.get_size_inches() == pytest.approx((1.6 * 3.3, lines * 2.4))
        pyplot.close(figure)


def test_letters_in_the_cells_of_a_map_are_as_small_as_the_map():
    rows = compare("q_learning", CliffWalking(), episodes=10, runs=2, progress=False).rows_by("return")
    sizes = []
    for width in (6.4, 3.2):
        figure = figures(rows, "return", Plot())["policy"]
        resize(figure, Plot(width=width))
        sizes.append(figure.axes[0].texts[0].get_fontsize())
    assert sizes[1] == sizes[0] / 2


def test_a_long_name_of_an_axis_is_broken():
    for metric in SCORES:
        lines = score_name(metric).split("\n")
        assert max(map(len, lines)) <= 40
        assert " ".join(lines[:-1]) == SCORES[metric]


def test_the_legend_of_pulls_names_agents_only():
    agents, envs = ["ucb", "thompson", ETC()], [GaussianBandit(gap=gap, arms=2) for gap in (0.1, 0.3)]
    figure = compare(agents, envs, steps=60, runs=20, progress=False).plot("pulls", width=3.3, height=2.4)
    [beside] = figure.legends
    assert [text.get_text() for text in beside.get_texts()] == ["ucb", "thompson", "etc"]
    box = beside.get_window_extent()
    assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)
    pyplot.close(figure)
