"""Figures of regret: bounds beside the curves, profiles, sweeps; and the statistics that a comparison reports."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import trim_mean

from rlnotes import compare
from rlnotes.agents import ETC, KLUCB, UCB, UCB1, UCBV, EpsilonGreedy
from rlnotes.analysis import regret_bounds
from rlnotes.analysis.applicable_bounds import applicable
from rlnotes.base.errors import SettingError
from rlnotes.comparison import Comparison
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit
from rlnotes.figures.files import draw, new
from rlnotes.figures.outcomes import profile, sweep, swept_setting
from rlnotes.settings import Plot
from rlnotes.simulation.store import Store


def compared(agents, envs=None, **extent):
    """A short comparison, by default on two Gaussian arms with a gap of 1."""
    return compare(agents, envs or GaussianBandit(gap=1.0), **{"steps": 200, "runs": 30, "progress": False, **extent})


def drawn(comparison, **plot):
    """The figure of regret, as it is saved."""
    figure = new()
    draw(figure, comparison.rows, "regret", Plot(**plot))
    figure.draw_without_rendering()
    return figure


def legend(figure):
    """The texts of the legends outside the axes, where bounds are."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_bounds_are_drawn_unless_they_are_far_above_the_curves_or_for_the_worst_instance():
    """ETC's bound (Theorem 6.1) is near its curve; UCB's bounds are far above."""
    figure = drawn(compared([ETC(pulls=30), UCB()]))
    assert legend(figure) == [
        "etc: ETC's bound; L&S, Theorem 6.1",
        "Lai–Robbins, slope in the limit; Lai & Robbins (1985): 2 log n",
    ]
    [axes] = figure.axes
    n = compared("ucb")["ucb"].data["steps"]
    expected = regret_bounds.capped(regret_bounds.etc_bound(n, np.array([0.0, 1.0]), 30), n, np.array([0.0, 1.0]))
    assert any(np.shape(line.get_ydata()) == n.shape and np.allclose(line.get_ydata(), expected) for line in axes.lines)
    assert axes.get_ylim()[1] > expected[-1]
    assert axes.get_ylim()[0] == 0


@pytest.mark.parametrize("env", [GaussianBandit(gap=0.02), BernoulliBandit(gap=0.1), GaussianBandit(gap=1.0, arms=5)])
def test_no_lower_bound_is_drawn_above_the_lowest_curve_at_the_end(env):
    """A slope in the limit, or a bound for the worst instance, is not the least regret of these arms after these steps:
    with a gap of 0.02 they would be 100 log n and √n/27, far above n Δ/2."""
    comparison = compared(["ucb", "thompson"], env, steps=1000)
    [axes] = drawn(comparison).axes
    lowest = min(row.result.data["regret"][:, -1].mean() for row in comparison.rows)
    grey = [np.asarray(line.get_ydata()) for line in axes.lines if line.get_color() == "0.4"]
    assert all(line[-1] == pytest.approx(lowest) for line in grey)
    assert all(np.nanmin(line) >= 0 for line in grey)
    assert len(grey) == (env.gap > 0.02)


def test_the_line_of_lai_and_robbins_has_their_slope():
    """2/Δ against log n for two Gaussian arms."""
    comparison = compared(["ucb"], GaussianBandit(gap=1.0), steps=1000)
    [line] = [line for line in drawn(comparison).axes[0].lines if line.get_color() == "0.4"]
    n, y = comparison["ucb"].data["steps"], np.asarray(line.get_ydata())
    shown = ~np.isnan(y)
    np.testing.assert_allclose(np.diff(y[shown]) / np.diff(np.log(n[shown])), 2.0)


def test_no_bounds_are_drawn_if_they_are_not_wanted_or_not_known():
    assert legend(drawn(compared(["ucb"]), theory=False)) == []
    assert legend(drawn(compared([EpsilonGreedy()], GaussianBandit(std=[1.0, 2.0], arms=2, drift=0.1)))) == []


def test_each_environment_has_a_panel_with_its_own_bounds():
    figure = drawn(compared([ETC(pulls=30), UCB()], [GaussianBandit(gap=1.0), GaussianBandit(gap=0.5)]))
    assert [axes.get_title() for axes in figure.axes] == ["gap=1.0", "gap=0.5"]
    slopes = [line for line in legend(figure) if "Lai" in line]
    assert [line.partition(": ")[0] for line in slopes] == ["gap=1.0", "gap=0.5"]
    assert [line.rpartition(": ")[2] for line in slopes] == ["2 log n", "4 log n"]
    colours = [[line.get_color() for line in axes.lines[:2]] for axes in figure.axes]
    assert colours[0] == colours[1]
    assert legend(figure)[:2] == ["etc", "ucb"]


def test_the_bound_of_a_single_agent_is_not_named_after_it():
    assert legend(drawn(compared(ETC(pulls=30))))[0].startswith("ETC's bound")


def test_the_axis_of_regret_in_hindsight_names_its_reference():
    table = np.zeros((200, 2))
    table[:100, 0] = table[100:, 1] = 1.0
    figure = drawn(compared("exp3", AdversarialBandit(table=table)))
    assert "against\nthe best arm in hindsight" in figure.axes[0].get_ylabel()


def test_a_band_can_show_the_quartiles():
    comparison = compared("ucb")
    line = drawn(comparison, band="quartiles", theory=False).axes[0].lines[0]
    regret = comparison["ucb"].data["regret"]
    assert (line.get_ydata() == np.quantile(regret, 0.5, axis=0, method="inverted_cdf")).all()
    with pytest.raises(SettingError, match=r"^plot\.band=sd: must be interval or quartiles$"):
        Plot(band="sd")


def test_a_profile_is_the_share_of_runs_with_at_most_that_regret():
    comparison, figure = compared(["etc", "ucb"]), Figure()
    profile(figure, comparison.rows)
    for line in figure.axes[0].lines:
        x, share = line.get_data()
        regret = comparison[line.get_label()].outcome
        np.testing.assert_allclose(share, [(regret <= at).mean() for at in x])


def test_a_sweep_is_drawn_against_the_swept_setting():
    agents, envs = [ETC(pulls=2), UCB()], [GaussianBandit(gap=gap) for gap in (0.5, 2.0, 1.0)]
    comparison, figure = compared(agents, envs), Figure()
    key = swept_setting(comparison.rows)
    assert key == "env.gap"
    sweep(figure, comparison.rows, key)
    lines = {line.get_label(): line.get_data() for line in figure.axes[0].lines}
    assert list(lines) == ["etc", "ucb"]
    for name, (x, y) in lines.items():
        assert x.tolist() == [0.5, 1.0, 2.0]
        assert y.tolist() == [comparison[f"{name}, gap={gap}"].outcome.mean() for gap in x]
    assert figure.axes[0].get_xlabel() == "env.gap"


def test_an_agent_without_the_swept_setting_is_a_horizontal_line():
    comparison, figure = compared([*(UCB(delta=delta) for delta in (0.5, 0.1, 0.001)), ETC()]), Figure()
    key = swept_setting(comparison.rows)
    sweep(figure, comparison.rows, key)
    lines = {line.get_label(): line.get_data() for line in figure.axes[0].lines}
    assert lines["ucb"][0].tolist() == [0.001, 0.1, 0.5]
    assert set(lines["etc"][1]) == {comparison["etc"].outcome.mean()}
    assert figure.axes[0].get_xscale() == "log"


@pytest.mark.parametrize("agents", [["ucb", "etc"], [UCB(delta=0.1), UCB(delta=0.2)]])
def test_two_numbers_are_no_sweep(agents):
    assert swept_setting(compared(agents).rows) is None


def test_equally_named_settings_of_several_agents_are_no_sweep():
    assert swept_setting(compared([UCB1(c=0.5), KLUCB(c=1.0), UCBV(c=2.0)], BernoulliBandit()).rows) is None


def test_null_in_a_sweep_is_a_horizontal_line():
    comparison, figure = compared([UCB(delta=delta) for delta in (None, 0.5, 0.1, 0.001)]), Figure()
    sweep(figure, comparison.rows, "agent.delta")
    lines = {line.get_label(): line.get_data() for line in figure.axes[0].lines}
    assert list(lines) == ["ucb", "ucb, delta=null"]
    assert set(lines["ucb, delta=null"][1]) == {comparison["delta=null"].outcome.mean()}


def test_a_list_in_a_sweep_is_a_horizontal_line():
    envs = [GaussianBandit(arms=2, std=std) for std in (0.5, 1.0, 2.0, [1.0, 2.0])]
    figure = Figure()
    sweep(figure, compared("ucb", envs).rows, "env.std")
    assert [line.get_label() for line in figure.axes[0].lines] == ["ucb", "ucb, std=[1.0,2.0]"]


def test_the_axis_of_a_sweep_reaches_negative_numbers():
    table = np.tile([[1.0, 0.0], [0.0, 1.0]], (100, 1))
    envs = [AdversarialBandit(table=table[:n]) for n in (50, 100, 200)]
    rows = [row for n, env in zip((50, 100, 200), envs, strict=True) for row in compared("etc", env, steps=n).rows]
    for row in rows:
        row.estimate = row.estimate._replace(mean=-row.estimate.mean, low=-row.estimate.high, high=-row.estimate.low)
    figure = Figure()
    sweep(figure, rows, "steps")
    bottom, top = figure.axes[0].get_ylim()
    assert bottom < min(row.estimate.low for row in rows) + 1e-9
    assert bottom < top


def test_a_setting_inside_a_setting_can_be_swept():
    results = []
    for width in (4, 8, 16):
        [result] = compared("ucb").results.values()
        result.settings["agent"]["network.width"] = width
        results.append(result)
    rows, figure = Comparison(results).rows, Figure()
    key = swept_setting(rows)
    sweep(figure, rows, key)
    assert [line.get_xdata().tolist() for line in figure.axes[0].lines] == [[4, 8, 16]]


def test_the_profile_of_equal_runs_is_a_step():
    comparison, figure = compared(["etc", "random"], GaussianBandit(means=[0.0])), Figure()
    profile(figure, comparison.rows)
    for line in figure.axes[0].lines:
        assert set(line.get_ydata()) == {0.0, 1.0}


def test_a_user_environment_that_gives_regret_has_no_bounds():
    assert (
        applicable({"agent": {"name": "ucb"}, "env": {"name": "mine/Bandit-v0"}, "steps": 9}, None, np.arange(9)) == []
    )


def test_the_number_of_steps_can_be_swept(tmp_path):
    results = [compared("ucb", steps=steps)["ucb"] for steps in (10, 20, 40)]
    comparison = Comparison(results)
    assert "regret_by_steps.png" in {file.name for file in comparison.save(Store(tmp_path), "today").iterdir()}


def test_agents_that_do_not_differ_significantly_are_named_with_the_runs_needed():
    """The first two agents hardly differ; the third is far worse."""
    text = " ".join(str(compared([EpsilonGreedy(epsilon=e) for e in (0.1, 0.1001, 0.9)], runs=50)).split())
    assert "50 runs do not separate epsilon=0.1" in text
    assert "would) from epsilon=0.1" in text
    assert "0.9 (" not in text
    assert "not separate" not in str(compared([UCB(), EpsilonGreedy(epsilon=1.0)], runs=50))


def test_a_comparison_saves_its_statistics(tmp_path):
    comparison = compared(["ucb", "random"], seed=[0, 1])
    folder = comparison.save(Store(tmp_path), "today")
    [ucb, random] = json.loads((folder / "comparison.json").read_text())["rows"]
    assert (ucb["best"], ucb["difference_mean"], ucb["beats_best_mean"]) == (True, None, None)
    assert random["different"]
    assert random["p_value"] < 1e-6
    assert random["beats_best_mean"] == (comparison["random"].outcome < comparison["ucb"].outcome).mean()
    outcome = comparison["random"].outcome
    for i in (1, 2, 3):
        assert random[f"quartile_{i}"] == np.quantile(outcome, i / 4, method="inverted_cdf")
    assert random["interquartile_mean"] == pytest.approx(trim_mean(outcome, 0.25))
    assert random["interquartile_mean"] != pytest.approx(outcome.mean())
    assert random["runs_needed"] >= 2
    assert random["power"] > 0.99
