"""Comparisons of agents: labels, tables, files and figures."""

import csv
import json
import re
from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from rlnotes import compare
from rlnotes.agents import ETC, UCB, PolicyIteration, Random, ValueIteration
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.labels import plus_minus
from rlnotes.analysis.statistics import paired_difference
from rlnotes.base.errors import SettingError
from rlnotes.comparison import Comparison
from rlnotes.envs import BernoulliBandit, ExponentialBandit, GaussianBandit, Gridworld
from rlnotes.figures.files import draw, new
from rlnotes.settings import Plot
from rlnotes.simulation.estimate import Estimate, estimate
from rlnotes.simulation.store import Store

QUICK = {"steps": 60, "runs": 40, "progress": False}


@pytest.mark.parametrize(
    ("agents", "envs", "labels"),
    [
        ([ETC(), UCB()], GaussianBandit(), ["etc", "ucb"]),
        ([UCB(delta=0.1), UCB()], GaussianBandit(), ["delta=0.1", "delta=null"]),
        ([ETC(pulls=3), UCB(delta=0.1), UCB(delta=0.2)], GaussianBandit(), ["etc", "ucb, delta=0.1", "ucb, delta=0.2"]),
        (UCB(), [GaussianBandit(), BernoulliBandit()], ["gaussian_bandit, sigma=1.0", "bernoulli_bandit, sigma=0.5"]),
        (UCB(), [GaussianBandit(arms=2), GaussianBandit(arms=3)], ["arms=2", "arms=3"]),
        (UCB(), GaussianBandit(), ["ucb"]),
        ("ucb", "rlnotes/BernoulliBandit-v0", ["ucb, sigma=0.5"]),
        (
            "ucb",
            [GaussianBandit(arms=2), BernoulliBandit(arms=3)],
            ["gaussian_bandit, sigma=1.0", "bernoulli_bandit, sigma=0.5"],
        ),
        (["ucb", "etc", "kl_ucb"], BernoulliBandit(), ["ucb, sigma=0.5", "etc", "kl_ucb"]),
        (["ucb", "etc"], ExponentialBandit(), ["ucb, sigma=assumed:1", "etc"]),
        (
            ["ucb", "etc"],
            [GaussianBandit(std=1.0), GaussianBandit(std=10.0)],
            ["ucb, sigma=1.0, std=1.0", "etc, std=1.0", "ucb, sigma=10.0, std=10.0", "etc, std=10.0"],
        ),
        ([UCB(sigma=3.0), ETC()], GaussianBandit(std=2.0), ["ucb, sigma=3.0", "etc"]),
        (
            [ETC(gap=0.1), ETC(gap=0.2)],
            [GaussianBandit(gap=0.1), GaussianBandit(gap=0.2)],
            [f"agent.gap={own}, env.gap={gap}" for gap in (0.1, 0.2) for own in (0.1, 0.2)],
        ),
        (
            "ucb",
            [GaussianBandit(means=[0.0] * 9 + [last]) for last in (1.0, 2.0)],
            [f"means=[{'0.0,' * 9}{last}]" for last in (1.0, 2.0)],
        ),
    ],
)
def test_a_label_names_the_settings_that_differ_and_no_others(agents, envs, labels):
    assert list(compare(agents, envs, **QUICK).results) == labels


def test_cells_that_differ_only_in_the_seed_are_pooled():
    pooled = compare(["etc", "ucb"], seed=[1, 0, 2], **QUICK)
    assert list(pooled.results) == ["etc", "ucb"]
    single = [compare("ucb", seed=seed, **QUICK)["ucb"].outcome for seed in (0, 1, 2)]
    np.testing.assert_array_equal(pooled["ucb"].outcome, np.concatenate(single))
    assert pooled.rows[0].seeds == [0, 1, 2]
    assert pooled.rows[0].runs == 120


def test_differences_are_paired_with_the_best_agent_that_shares_random_numbers():
    comparison = compare(["random", "ucb"], [GaussianBandit(arms=2), GaussianBandit(arms=5)], **QUICK)
    rows = {row.label: row for row in comparison.rows}
    assert [row.best for row in comparison.rows].count(True) == 2
    for arms in (2, 5):
        row, best = rows[f"random, arms={arms}"], rows[f"ucb, arms={arms}"]
        assert best.best
        assert best.difference is None
        assert row.difference.estimate == paired_difference(row.result.outcome, best.result.outcome)


def test_the_largest_mean_return_is_the_best():
    comparison = compare([Mine(), Random()], "CartPole-v1", steps=200, runs=10, progress=False)
    assert comparison.metrics == ["return"]
    assert "return ± 95 %" in str(comparison)
    means = {row.label: row.estimate.mean for row in comparison.rows}
    assert means["Mine"] < means["random"]
    assert [row.best for row in comparison.rows] == [False, True]


def test_compared_rows_are_next_to_each_other():
    results = [result for agent in ("etc", "ucb") for arms in (2, 3) for result in of(agent, GaussianBandit(arms=arms))]
    assert list(Comparison(results).results) == ["etc, arms=2", "ucb, arms=2", "etc, arms=3", "ucb, arms=3"]


def of(agent, env):
    """The results of an agent on an environment."""
    return compare(agent, env, **QUICK).results.values()


def test_an_unknown_label_is_reported_with_the_known_ones():
    with pytest.raises(KeyError, match="uct; there is etc; ucb"):
        compare(["etc", "ucb"], **QUICK)["uct"]


def test_a_result_is_found_by_its_label_or_by_the_name_of_an_agent_that_is_there_once():
    comparison = compare(["etc", "ucb"], BernoulliBandit(), **QUICK)
    assert comparison["ucb"] is comparison["ucb, sigma=0.5"]
    twice = compare(UCB(), [GaussianBandit(), GaussianBandit(arms=3)], **QUICK)
    with pytest.raises(KeyError, match="ucb; there is arms=10; arms=3"):
        twice["ucb"]


def test_the_legend_of_many_curves_is_outside_the_axes():
    comparison = compare([UCB(delta=0.02 * i) for i in range(1, 22)], steps=20, runs=5, progress=False)
    figure = new()
    draw(figure, comparison.rows, "regret", Plot())
    figure.draw_without_rendering()
    [legend] = figure.legends
    assert len(legend.get_texts()) == 21
    assert not legend.get_window_extent().overlaps(figure.axes[0].get_window_extent())
    assert figure.bbox.containsy(legend.get_window_extent().y0)
    assert figure.axes[0].get_window_extent().width > figure.bbox.width / 2


def test_the_table_as_text():
    text = str(compare(["etc", "ucb"], GaussianBandit(means=[0.5, 0.0]), **QUICK))
    assert text.startswith("gaussian_bandit, arms=2, means=[0.5,0.0], std=1.0, 60 steps, 40 runs\n")
    assert "best" in text
    assert "paired difference" not in str(compare("etc", **QUICK))
    assert "steps a second" in text


def test_the_table_says_which_plans_are_proved_to_have_the_optimal_policy():
    """With a large tolerance value iteration proves only that it may be off by more than the actions differ."""
    planners = [ValueIteration(tolerance=10.0), PolicyIteration()]
    comparison = compare(planners, Gridworld(), steps=1, runs=1, progress=False)
    [policy] = [column for column in comparison.table("value").columns if column.header == "policy"]
    assert list(policy.cells) == ["", "optimal"]
    assert [row.record()["policy_optimal"] for row in comparison.rows] == [False, True]


def test_a_comparison_saves_tables_and_figures(tmp_path):
    comparison = compare(["etc", "ucb"], seed=[0, 1], **QUICK)
    folder = comparison.save(Store(tmp_path), "today")
    assert sorted(path.name for path in folder.iterdir()) == [
        "comparison.csv",
        "comparison.json",
        "profile.png",
        "profile.svg",
        "pulls.png",
        "pulls.svg",
        "regret.png",
        "regret.svg",
        "report.html",
        "scores.png",
        "scores.svg",
    ]
    with (folder / "comparison.csv").open() as file:
        [etc, ucb] = csv.DictReader(file)
    assert float(etc["mean"]) == comparison["etc"].outcome.mean()
    assert (ucb["label"], ucb["seeds"], ucb["runs"], ucb["steps"]) == ("ucb", "0 1", "80", "60")
    record = json.loads((folder / "comparison.json").read_text())["rows"][1]
    assert record["settings"]["agent"] == {"name": "ucb", "sigma": None, "delta": None}
    bounds = json.loads((folder / "comparison.json").read_text())["bounds"]
    assert [(one["row"], one["bound"], one["about"]) for one in bounds if not one["lower"]] == [
        ("etc", "ETC's bound", "regret"),
        ("ucb", "UCB's bound", "regret"),
        ("ucb", "UCB's worst case", "regret"),
    ]
    again = comparison.save(Store(tmp_path), "today")
    for file in folder.glob("*[!n]"):  # comparison.json has the time
        first, second = (re.sub(rb"<time.*</time>", b"", path.read_bytes()) for path in (file, again / file.name))
        assert first == second


@pytest.mark.parametrize("log_x", [False, True])
def test_the_figure_shows_means_and_bands_and_a_legend_in_the_order_of_the_table(log_x):
    comparison = compare(["ucb", "random", "etc"], steps=300, runs=50, progress=False)
    figure = Figure()
    draw(figure, comparison.rows, "regret", Plot(log_x))
    [axes] = figure.axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines if line.get_label()[0] != "_"}
    assert list(lines) == ["ucb", "random", "etc"]
    np.testing.assert_allclose(lines["ucb"], comparison["ucb"].data["regret"].mean(axis=0))
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == list(lines)
    band = axes.collections[0].get_paths()[0].vertices
    low, high = (getattr(estimate(comparison["ucb"].data["regret"]), end)[-1] for end in ("low", "high"))
    np.testing.assert_allclose(np.unique(band[band[:, 0] == 300, 1]), [low, high])
    assert len(axes.collections) == 3
    assert axes.get_xscale() == ("log" if log_x else "linear")
    assert axes.get_xlabel() == "steps"
    assert axes.get_ylabel() == "cumulative pseudo-regret\nmean and 95 % band"


def test_a_single_curve_needs_no_legend():
    figure = Figure()
    draw(figure, compare("ucb", **QUICK).rows, "regret", Plot())
    assert figure.axes[0].get_legend() is None
    assert figure.get_suptitle() == "ucb on gaussian bandit\n60 steps, 40 runs"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"metric": "regrets"}, r"^metric=regrets: unknown \(did you mean regret\?\); must be regret or pulls$"),
        ({"figsize": (3, 2)}, "^figsize=.*: unknown.*; plot has band, height, log_x, theory, width, window$"),
        ({"font_size": 8}, "^font_size=8: unknown"),
    ],
)
def test_a_plot_of_an_unknown_metric_or_setting_is_refused(words, message):
    with pytest.raises(SettingError, match=message):
        compare("ucb", **QUICK).plot(**words)


def test_plot_gives_a_figure_of_pyplot():
    figure = compare("ucb", **QUICK).plot()
    assert figure.number in pyplot.get_fignums()
    pyplot.close(figure)


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (Estimate(1234.567, 0, 1200.0, 1269.134), "1,235 ± 35"),
        (Estimate(0.012345, 0, 0.0119, 0.012795), "0.01235 ± 0.00045"),
        (Estimate(3.0, np.nan, np.nan, np.nan), "3"),
        (Estimate(2.5, 0, 2.5, 2.5), "2.5 ± 0"),
        (Estimate(-5.0, 0, -6.0, -4.0), "-5.0 ± 1.0"),
        (Estimate(2e6, 0, 1e6, 3e6), "2,000,000 ± 1,000,000"),
        (Estimate(1e6, 0, 1e6, 1e6), "1,000,000 ± 0"),
    ],
)
def test_an_uncertainty_has_two_digits(of, text):
    assert plus_minus(of) == text


@dataclass
class Mine(Agent):
    """A user agent outside the catalogue, which always plays the same arm."""

    arm: int = 0
    """the arm"""

    def begin(self, problem, rng):
        super().begin(problem, rng)
        self.runs = problem.runs

    def act(self, observation):
        return np.full(self.runs, self.arm)


def test_a_user_agent_is_compared_like_any_other():
    comparison = compare([Mine(arm=1), Mine(), Random()], GaussianBandit(means=[1.0, 0.5]), **QUICK)
    assert list(comparison.results) == ["Mine, arm=1", "Mine, arm=0", "random"]
    np.testing.assert_allclose(comparison["Mine, arm=1"].outcome, 30.0)


def test_agents_of_one_name_have_rows_of_their_own():
    def made(arm):
        @dataclass
        class Same(Mine):
            def act(self, observation):
                return np.full(self.runs, arm)

        return Same()

    comparison = compare([made(0), made(1)], GaussianBandit(means=[1.0, 0.5]), seed=[0, 1], **QUICK)
    assert [result.outcome.mean() for result in comparison.results.values()] == pytest.approx([0.0, 30.0])
    assert list(comparison.results) == ["Same #1", "Same #2"]


def test_an_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(SettingError, match=r"agent=ubc: unknown \(did you mean ucb\?\)"):
        compare("ubc")
    with pytest.raises(SettingError, match=r"env=gausian_bandit: unknown \(did you mean gaussian_bandit\?\)"):
        compare("ucb", "gausian_bandit")
