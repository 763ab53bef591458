"""Figures of several environments: a panel for each, in which an agent looks the same."""

import pytest
from matplotlib import image

from rlnotes import compare
from rlnotes.agents import ETC, UCB
from rlnotes.comparison import Comparison
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit
from rlnotes.figures import files
from rlnotes.figures.files import draw, figures, new, save
from rlnotes.figures.style import looks, looks_by_panel
from rlnotes.settings import Plot

QUICK = {"steps": 60, "runs": 20, "progress": False}


def legends(figure):
    """The names in each legend beside the panels; no panel has one."""
    assert not any(axes.get_legend() for axes in figure.axes)
    return [[text.get_text() for text in legend.get_texts()] for legend in figure.legends]


@pytest.mark.parametrize("name", ["regret", "pulls", "profile"])
def test_a_legend_beside_the_panels_names_each_agent_once(name):
    """Both agents take σ from the environment: 1/2 and 1."""
    rows = compare(["ucb", "thompson"], ["bernoulli_bandit", "gaussian_bandit"], **QUICK).rows
    figure = figures(rows, "regret", Plot(theory=False))[name]
    assert legends(figure) == [["ucb", "thompson"]]
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == ["bernoulli_bandit", "gaussian_bandit"]
    colours = [[line.get_color() for line in axes.lines] for axes in figure.axes]
    assert len(set(colours[0])) == 2
    assert all(drawn == colours[0] for drawn in colours)


def test_a_scale_that_is_the_same_in_all_panels_is_in_the_legend():
    rows = compare(["ucb", "etc"], [BernoulliBandit(gap=gap, arms=2) for gap in (0.1, 0.3)], **QUICK).rows
    assert legends(figures(rows, "regret", Plot(theory=False))["regret"]) == [["ucb, sigma=0.5", "etc"]]


def test_an_agent_looks_the_same_in_all_panels_whatever_stands_beside_it():
    gaussian, bernoulli = (compare(agents, env, **QUICK) for agents, env in AGENTS_ON)
    by_env = looks_by_panel(Comparison([*gaussian.results.values(), *bernoulli.results.values()]).rows)
    first, second = ({look.label: look[2:] for look in shown} for shown in by_env.values())
    assert (list(first), list(second)) == (["etc", "ucb"], ["random", "ucb"])
    assert first["ucb"] == second["ucb"]
    assert len({*first.values(), *second.values()}) == 3


AGENTS_ON = [(["etc", "ucb"], GaussianBandit()), (["random", "ucb"], BernoulliBandit())]


def test_rows_of_one_environment_look_different():
    steps = [compare("ucb", GaussianBandit(), steps=n, runs=20, progress=False)["ucb"] for n in (20, 60)]
    assert [look.label for look in looks(Comparison(steps).rows)] == ["20 steps", "60 steps"]
    assert len({look.colour for look in looks(Comparison(steps).rows)}) == 2


def test_plans_of_each_environment_have_axes_of_their_own():
    rows = compare(["value_iteration", "policy_iteration"], ["gridworld", "forest"], **QUICK).rows_by("value")
    figure = figures(rows, "value", Plot())["value"]
    above = [axes for axes in figure.axes if axes.get_xlabel() in ("sweeps", "seconds")]
    assert [axes.get_title() for axes in above] == ["gridworld", "", "forest", ""]
    colours = [[line.get_color() for line in axes.lines] for axes in above]
    assert all(drawn == colours[0] for drawn in colours)
    assert legends(figure) == [["value_iteration", "policy_iteration", "of T V − V", "of V − V*"]]


def test_without_a_best_arm_in_each_step_a_panel_says_so():
    rows, figure = compare(["etc", "ucb"], [AdversarialBandit(arms=2), GaussianBandit()], **QUICK).rows, new()
    draw(figure, rows, "pulls", Plot())
    unknown, by_arm, over_time, _ = figure.axes
    assert [text.get_text() for text in unknown.texts] == ["the best arm of a step\nis not known"]
    assert [len(axes.lines) for axes in (unknown, by_arm, over_time)] == [0, 2, 2]


def test_neighbours_share_the_name_of_the_vertical_axis_if_it_is_the_same():
    agents, same = [ETC(pulls=2), UCB()], "cumulative pseudo-regret\nmean and 95 % band"
    gaps, figure = [GaussianBandit(gap=gap) for gap in (0.5, 1.0, 2.0, 4.0)], new()
    draw(figure, compare(agents, gaps, **QUICK).rows, "regret", Plot())
    assert [axes.get_ylabel() for axes in figure.axes[:4]] == [same, "", "", same]
    draw(figure := new(), compare(agents, [AdversarialBandit(), gaps[0]], **QUICK).rows, "regret", Plot())
    assert [axes.get_ylabel()[:17] for axes in figure.axes] == ["cumulative regret", same[:17]]


def test_an_image_is_never_too_large_for_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LONGEST", 400)
    rows = compare("ucb", [GaussianBandit(gap=gap) for gap in (0.5, 1.0)], **QUICK).rows
    save(rows, "regret", tmp_path, Plot(format="jpg"))
    sides = [max(image.imread(tmp_path / name).shape) for name in ("pulls.png", "pulls.jpg")]
    assert all(398 <= side <= 400 for side in sides)
