"""The figure of pulls: the share of the best arm over time, and the pulls of every arm."""

import numpy as np
import pytest

from rlnotes import compare
from rlnotes.agents import ETC
from rlnotes.analysis.series import since_last
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit, LinearBandit
from rlnotes.figures.files import draw, new
from rlnotes.settings import Plot


def panels(agents, env, steps=60, **plot):
    """The axes of the figure, and the comparison."""
    comparison, figure = compare(agents, env, steps=steps, runs=20, progress=False), new()
    draw(figure, comparison.rows, "pulls", Plot(**plot))
    return figure.axes, comparison


def test_etc_pulls_every_arm_in_turn_and_then_the_best():
    """Without noise: four pulls of each of three arms, then the best arm, which stands first."""
    (over_time, by_arm), _ = panels(ETC(pulls=4), GaussianBandit(means=[0.0, 2.0, 1.0], std=0.0), steps=20)
    steps, share = over_time.lines[0].get_data()
    assert steps.tolist() == list(range(1, 21))
    assert share == pytest.approx([0.0, 1.0, 0.0] * 4 + [1.0] * 8)
    arms, pulls = by_arm.lines[0].get_data()
    assert (arms.tolist(), pulls.tolist()) == ([1, 2, 3], [12, 4, 4])
    assert by_arm.get_xlabel() == "arm, best mean first"
    assert over_time.get_ylabel() == "share of pulls of the best arm\nmean and 95 % band"


def test_arms_stand_in_the_order_of_their_means_in_each_run():
    """Means differ between the runs: the best arm has as many pulls as there were optimal steps."""
    (_, by_arm), comparison = panels("ucb", GaussianBandit(arms=4))
    data = comparison["ucb"].data
    assert by_arm.lines[0].get_ydata()[0] == pytest.approx(60 * data["optimal"][:, -1].mean())
    assert by_arm.lines[0].get_ydata().sum() == pytest.approx(60)


@pytest.mark.parametrize("env", [BernoulliBandit(arms=3, changes=[30]), LinearBandit(arms=3)])
def test_arms_whose_means_change_keep_their_numbers(env):
    agent = "lin_ucb" if isinstance(env, LinearBandit) else "ucb"
    (over_time, by_arm), comparison = panels(agent, env)
    np.testing.assert_allclose(by_arm.lines[0].get_ydata(), comparison[agent].data["pulls"].mean(axis=0))
    assert by_arm.get_xlabel() == "arm"
    assert over_time.get_ylabel().startswith(f"share of pulls of {env.regret_against}\n")


def test_without_a_best_arm_in_each_step_there_is_one_panel():
    axes, _ = panels(["exp3", "ucb"], AdversarialBandit(arms=2), band="quartiles")
    assert [panel.get_ylabel() for panel in axes] == [
        "pulls of the arm in all steps\nmedian and the middle half of the runs"
    ]


def test_growth_is_since_the_point_before():
    steps = np.array([1, 2, 3, 20, 25, 40, 300, 305, 310])
    points, growth = since_last(steps, np.array([[1.0, 1, 2, 19, 19, 19, 279, 280, 284]]))
    assert points.tolist() == [1, 2, 3, 20, 25, 40, 300, 310]
    np.testing.assert_allclose(growth, [[1, 0, 1, 1, 0, 0, 1, 0.5]])
