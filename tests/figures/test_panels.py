"""Looks, panels, titles and sizes of figures, and figures of scores."""

import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from rlnotes import compare
from rlnotes.agents import DQN, ETC, SARSA, UCB, QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs import CliffWalking, Garnet, GaussianBandit, ModelFile
from rlnotes.figures.bounds import UPPER
from rlnotes.figures.files import figures, save
from rlnotes.figures.maps import cells_of, learned_maps
from rlnotes.figures.outcomes import scores
from rlnotes.figures.style import COLOURS, LINE_STYLES, looks, panels
from rlnotes.figures.style import title as title_of
from rlnotes.settings import Plot

QUICK = {"steps": 60, "runs": 20, "progress": False}


def test_the_colour_stands_for_the_agent_and_the_line_style_for_its_settings():
    shown = looks(compare([UCB(delta=0.1), UCB(delta=0.01), ETC(pulls=2), ETC(pulls=5)], **QUICK).rows)
    assert [look.label for look in shown] == ["ucb, delta=0.1", "ucb, delta=0.01", "etc, pulls=2", "etc, pulls=5"]
    assert [COLOURS.index(look.colour) for look in shown] == [0, 0, 1, 1]
    assert [look.line_style for look in shown] == ["-", "--", "-", "--"]


def test_with_one_agent_the_colour_stands_for_its_settings():
    shown = looks(compare([UCB(delta=0.1**i) for i in range(1, 10)], **QUICK).rows)
    assert [COLOURS.index(look.colour) for look in shown] == [*range(7), 0, 1]
    assert len({(look.colour, look.line_style) for look in shown}) == 9


@pytest.mark.parametrize("agents", [["etc", "ucb", "random"], [UCB(delta=0.1**i) for i in range(1, 8)]])
def test_lines_are_told_apart_without_colours_and_look_like_no_bound(agents):
    styles = [str(look.line_style) for look in looks(compare(agents, **QUICK).rows)]
    assert len(set(styles)) == len(agents)
    assert not {str(style) for style in UPPER} & set(styles)


def test_the_states_of_a_model_in_a_file_have_their_names(tmp_path):
    file = tmp_path / "model.csv"
    file.write_text("state,action,next_state,probability,reward\nhome,walk,office,1,-20\nhome,bus,office,1,-5\n")
    [row] = compare("value_iteration", ModelFile(file=str(file)), **QUICK).rows
    drawn = figures([row], "value", Plot())["value"]
    names = [[label.get_text() for label in axes.get_xticklabels()] for axes in drawn.axes]
    assert ["home", "office"] in names


def test_every_line_style_can_be_drawn():
    rows = compare([*(UCB(delta=0.1**i) for i in range(1, 7)), ETC()], **QUICK).rows
    assert {str(look.line_style) for look in looks(rows)} == {str(style) for style in LINE_STYLES}
    drawn = figures(rows, "regret", Plot())
    assert {"regret", "pulls", "profile"} <= set(drawn)
    assert [line.is_dashed() for line in drawn["regret"].axes[0].lines[:7]] == [False, *[True] * 5, False]


def test_there_is_a_panel_for_each_environment():
    rows = compare(["etc", "ucb"], [GaussianBandit(gap=1.0), GaussianBandit(gap=2.0)], **QUICK).rows
    by_env = panels(rows)
    assert list(by_env) == ["gap=1.0", "gap=2.0"]
    assert [len(group) for group in by_env.values()] == [2, 2]
    assert list(panels(by_env["gap=2.0"])) == [""]


@pytest.mark.parametrize(
    ("agents", "env", "title"),
    [
        (["ucb", "etc"], GaussianBandit(), "gaussian bandit\n200 steps, 20 runs"),
        ([UCB(delta=0.1)], GaussianBandit(arms=3), "ucb on gaussian bandit\ndelta=0.1, arms=3, 200 steps, 20 runs"),
        (["q_learning"], "FrozenLake-v1", "q learning on FrozenLake-v1\n200 steps, 20 runs"),
        ([QLearning(alpha=0.1)], "FrozenLake-v1", "q learning on FrozenLake-v1\nalpha=0.1, 200 steps, 20 runs"),
    ],
)
def test_a_title_says_what_is_shown_and_what_was_chosen(agents, env, title):
    figure = Figure()
    title_of(figure, compare(agents, env, steps=200, runs=20, progress=False).rows)
    assert figure.get_suptitle() == title


def test_scores_are_means_with_intervals_and_chances_to_beat_the_best():
    rows, figure = compare(["random", "ucb"], GaussianBandit(gap=1.0), **QUICK).rows, Figure()
    scores(figure, rows)
    left, right = figure.axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["random", "ucb"]
    drawn = [line.get_xdata() for line in left.lines]
    for row in rows:
        assert any(np.array_equal(x, [row.estimate.low, row.estimate.high]) for x in drawn)
        assert any(np.array_equal(x, row.result.outcome) for x in drawn)
    [chance] = [row.beats_best for row in rows if row.beats_best]
    assert any(np.array_equal(line.get_xdata(), [chance.low, chance.high]) for line in right.lines)
    assert [text.get_text() for text in right.texts] == ["best"]


def test_intervals_end_where_returns_end():
    [row] = compare(DQN(), "CartPole-v1", steps=60, runs=3, evaluation_episodes=0, progress=False).rows
    assert row.result.range_of("return") == (1, 500)
    clipped = row.estimate.clipped(row.estimate.mean - 0.5, row.estimate.mean + 0.25)
    assert (clipped.low, clipped.high) == (row.estimate.mean - 0.5, row.estimate.mean + 0.25)
    [cliff] = compare("q_learning", CliffWalking(time_limit=10), **QUICK).rows
    assert cliff.result.range_of("return") == (-1000, 0)


def test_maps_have_one_scale_and_show_nothing_where_nobody_can_be():
    rows, figure = compare([QLearning(), SARSA()], CliffWalking(), episodes=30, runs=5, progress=False).rows, Figure()
    learned_maps(figure, rows)
    images = [axes.get_images()[0] for axes in figure.axes if axes.get_title() in ("q_learning", "sarsa", "optimal")]
    assert len(images) == 3
    assert len({(one.norm.vmin, one.norm.vmax) for one in images}) == 1
    data = rows[0].result.data
    optimal = cells_of(data, data["optimal_value"])
    assert np.isnan(optimal[3, 1:]).all()  # the cliff and the goal
    assert optimal[3, 0] == -13 > np.nanmin(optimal) == -14


def test_states_without_places_have_no_map():
    for states, mapped in ((20, True), (40, False)):
        rows = compare("q_learning", Garnet(states=states, time_limit=10), steps=100, runs=2, progress=False).rows
        assert ("grid" in rows[0].result.data) == mapped


def test_lengths_are_not_drawn_twice():
    [row] = compare("q_learning", CliffWalking(time_limit=20), episodes=3, runs=2, progress=False).rows
    data = row.result.data
    assert "length" in figures([row], "return", Plot())
    data["returns"][:] = -2 * data["lengths"]
    assert "length" not in figures([row], "return", Plot())


def test_a_figure_has_the_size_the_letters_and_the_format_that_are_asked_for(tmp_path):
    rows = compare("ucb", **QUICK).rows
    plot = Plot(format="pdf", width=3.25, font_size=7, style="grayscale")
    save(rows, "regret", tmp_path, plot)
    height, width, _ = image.imread(tmp_path / "regret.png").shape
    assert width == 3.25 * 160
    assert height / width == pytest.approx(4.0 / 6.4, rel=0.2)
    assert (tmp_path / "regret.pdf").read_bytes().startswith(b"%PDF")
    assert b"font: 7px" in (tmp_path / "regret.svg").read_bytes() or b"7px" in (tmp_path / "regret.svg").read_bytes()
    save(rows, "regret", tmp_path, Plot(width=5.0, height=2.0))
    assert image.imread(tmp_path / "regret.png").shape[:2] == (2 * 160, 5 * 160)


@pytest.mark.parametrize(
    ("setting", "value", "requirement"),
    [
        ("format", "bmp", "must be pdf, eps, jpg or null"),
        ("width", 0.0, "must be above 0 and at most 100, or null"),
        ("height", -1.0, "must be above 0 and at most 100, or null"),
        ("font_size", float("inf"), "must be above 0 and at most 100, or null"),
        ("style", "grayscal", "must be a style of matplotlib, or a file (did you mean grayscale?)"),
    ],
)
def test_a_bad_setting_is_named(setting, value, requirement):
    with pytest.raises(SettingError) as refused:
        Plot(**{setting: value})
    assert str(refused.value) == f"plot.{setting}={value}: {requirement}"
