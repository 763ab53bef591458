"""What is drawn and told of regret beside its curves: bounds, profiles, sweeps, and what cannot be told apart."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import trim_mean

from rlnotes import compare
from rlnotes.agents import ETC, KLUCB, UCB, UCB1, UCBV, EpsilonGreedy
from rlnotes.analysis import regret_bounds
from rlnotes.analysis.applicable_bounds import fitting
from rlnotes.analysis.comparison_row import Row, compare_to_best
from rlnotes.analysis.statistics import estimate
from rlnotes.base.errors import SettingError
from rlnotes.comparison import Comparison
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit
from rlnotes.figures import curves
from rlnotes.figures.outcomes import profile, sweep, swept
from rlnotes.settings import Plot
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.store import Store

GAP = GaussianBandit(gap=1.0)


def compared(agents, envs=GAP, **extent):
    return compare(agents, envs, **{"steps": 200, "runs": 30, "progress": False, **extent})


def drawn(comparison, **plot):
    figure = Figure(figsize=curves.SIZE, layout="constrained")
    curves.draw(figure, comparison, "regret", Plot(**plot))
    figure.draw_without_rendering()
    return figure


def told(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_bounds_are_drawn_and_those_far_above_are_told():
    """ETC's (Theorem 6.1) is in sight; UCB's, capped at n, is 200 in the end."""
    figure = drawn(compared([ETC(pulls=30), UCB()]))
    assert told(figure) == [
        "etc: ETC's bound; L&S, Theorem 6.1",
        "ucb: UCB's bound; L&S, Theorem 7.1: 88 in the end",
        "ucb: UCB's worst case; L&S, Theorem 7.2: no less than the worst arm's",
        "Lai–Robbins, asymptotic slope; Lai & Robbins (1985)",
        "minimax lower bound, of the worst instance; L&S, Theorem 15.2",
    ]
    [axes] = figure.axes
    n = compared("ucb")["ucb"].data["steps"]
    expected = regret_bounds.capped(regret_bounds.etc_bound(n, np.array([0.0, 1.0]), 30), n, np.array([0.0, 1.0]))
    assert any(np.shape(line.get_ydata()) == n.shape and np.allclose(line.get_ydata(), expected) for line in axes.lines)
    assert axes.get_ylim()[1] > expected[-1]
    assert axes.get_ylim()[0] == 0


def test_bounds_are_not_drawn_where_they_are_not_wanted_or_there_are_none():
    assert told(drawn(compared(["ucb"]), theory=False)) == []
    assert told(drawn(compared([EpsilonGreedy()], GaussianBandit(std=[1.0, 2.0], arms=2, drift=0.1)))) == []


def test_lower_bounds_are_of_one_environment_and_a_single_agent_is_not_named():
    two = drawn(compared("ucb", [GaussianBandit(gap=1.0), GaussianBandit(gap=0.5)]))
    assert told(two)
    assert not any("Lai" in line for line in told(two))
    assert told(drawn(compared("ucb")))[0].startswith("UCB's bound")


def test_regret_in_hindsight_may_fall_below_zero_and_the_axis_says_what_it_is_against():
    table = np.zeros((200, 2))
    table[:100, 0] = table[100:, 1] = 1.0
    figure = drawn(compared("exp3", AdversarialBandit(table=table)))
    assert "against\nthe best arm in hindsight" in figure.axes[0].get_ylabel()
    assert "Exp3's bound" in told(figure)[0]


def test_a_band_may_be_the_quartiles():
    comparison = compared("ucb")
    line = drawn(comparison, band="quartiles", theory=False).axes[0].lines[0]
    regret = comparison["ucb"].data["regret"]
    assert (line.get_ydata() == np.quantile(regret, 0.5, axis=0, method="inverted_cdf")).all()
    with pytest.raises(SettingError, match=r"^plot\.band=sd: must be interval or quartiles$"):
        Plot(band="sd")


def test_a_profile_is_the_share_of_runs_with_so_little_regret():
    comparison, figure = compared(["etc", "ucb"]), Figure()
    profile(figure, comparison.rows, curves.COLOURS)
    for line in figure.axes[0].lines:
        x, share = line.get_data()
        regret = comparison[line.get_label()].outcome
        np.testing.assert_allclose(share, [(regret <= at).mean() for at in x])


def test_a_sweep_is_drawn_against_its_number():
    agents, envs = [ETC(pulls=2), UCB()], [GaussianBandit(gap=gap) for gap in (0.5, 2.0, 1.0)]
    comparison, figure = compared(agents, envs), Figure()
    key = swept(comparison.rows)
    assert key == "env.gap"
    sweep(figure, comparison.rows, key, curves.COLOURS)
    lines = {line.get_label(): line.get_data() for line in figure.axes[0].lines}
    assert list(lines) == ["etc", "ucb"]
    for name, (x, y) in lines.items():
        assert x.tolist() == [0.5, 1.0, 2.0]
        assert y.tolist() == [comparison[f"{name}, gap={gap}"].outcome.mean() for gap in x]
    assert figure.axes[0].get_xlabel() == "env.gap"


def test_who_has_no_such_number_is_a_level_line():
    comparison, figure = compared([*(UCB(delta=delta) for delta in (0.5, 0.1, 0.001)), ETC()]), Figure()
    key = swept(comparison.rows)
    sweep(figure, comparison.rows, key, curves.COLOURS)
    lines = {line.get_label(): line.get_data() for line in figure.axes[0].lines}
    assert lines["ucb"][0].tolist() == [0.001, 0.1, 0.5]
    assert set(lines["etc"][1]) == {comparison["etc"].outcome.mean()}
    assert figure.axes[0].get_xscale() == "log"


@pytest.mark.parametrize("agents", [["ucb", "etc"], [UCB(delta=0.1), UCB(delta=0.2)]])
def test_two_numbers_are_no_sweep(agents):
    assert swept(compared(agents).rows) is None


def test_settings_of_one_name_of_several_agents_are_no_sweep():
    assert swept(compared([UCB1(c=0.5), KLUCB(c=1.0), UCBV(c=2.0)], BernoulliBandit()).rows) is None


def test_null_in_a_sweep_is_a_level_line():
    comparison, figure = compared([UCB(delta=delta) for delta in (None, 0.5, 0.1, 0.001)]), Figure()
    sweep(figure, comparison.rows, "agent.delta", curves.COLOURS)
    lines = {line.get_label(): line.get_data() for line in figure.axes[0].lines}
    assert list(lines) == ["ucb", "ucb, delta=null"]
    assert set(lines["ucb, delta=null"][1]) == {comparison["delta=null"].outcome.mean()}


def test_a_list_in_a_sweep_is_a_level_line():
    envs = [GaussianBandit(arms=2, std=std) for std in (0.5, 1.0, 2.0, [1.0, 2.0])]
    figure = Figure()
    sweep(figure, compared("ucb", envs).rows, "env.std", curves.COLOURS)
    assert [line.get_label() for line in figure.axes[0].lines] == ["ucb", "ucb, std=[1.0,2.0]"]


def test_negative_numbers_of_a_sweep_are_in_sight():
    table = np.tile([[1.0, 0.0], [0.0, 1.0]], (100, 1))
    envs = [AdversarialBandit(table=table[:n]) for n in (50, 100, 200)]
    rows = [row for n, env in zip((50, 100, 200), envs, strict=True) for row in compared("etc", env, steps=n).rows]
    for row in rows:
        row.estimate = row.estimate._replace(mean=-row.estimate.mean, low=-row.estimate.high, high=-row.estimate.low)
    figure = Figure()
    sweep(figure, rows, "steps", curves.COLOURS)
    bottom, top = figure.axes[0].get_ylim()
    assert bottom < min(row.estimate.low for row in rows) + 1e-9
    assert bottom < top


def test_a_setting_of_a_setting_may_be_swept():
    results = []
    for width in (4, 8, 16):
        [result] = compared("ucb").results.values()
        result.settings["agent"]["network.width"] = width
        results.append(result)
    rows, figure = Comparison(results).rows, Figure()
    key = swept(rows)
    sweep(figure, rows, key, curves.COLOURS)
    assert [line.get_xdata().tolist() for line in figure.axes[0].lines] == [[4, 8, 16]]


def test_a_profile_of_runs_that_are_all_alike_is_a_step():
    comparison, figure = compared(["etc", "random"], GaussianBandit(means=[0.0])), Figure()
    profile(figure, comparison.rows, curves.COLOURS)
    for line in figure.axes[0].lines:
        assert set(line.get_ydata()) == {0.0, 1.0}


def test_an_environment_of_ones_own_that_tells_regret_has_no_bounds():
    assert fitting({"agent": {"name": "ucb"}, "env": {"name": "mine/Bandit-v0"}, "steps": 9}, None, np.arange(9)) == []


def test_steps_may_be_swept(tmp_path):
    results = [compared("ucb", steps=steps)["ucb"] for steps in (10, 20, 40)]
    comparison = Comparison(results)
    assert "regret_by_steps.png" in {file.name for file in comparison.save(Store(tmp_path), "today").iterdir()}


def test_what_cannot_be_told_apart_is_said_with_the_runs_that_would():
    """Of an agent and itself under other luck of its own, and of one that is far worse."""
    text = " ".join(str(compared([EpsilonGreedy(epsilon=e) for e in (0.1, 0.1001, 0.9)], runs=50)).split())
    assert "50 runs cannot tell epsilon=0.1" in text
    assert "would) from epsilon=0.1" in text
    assert "0.9 (" not in text
    assert "cannot tell" not in str(compared([UCB(), EpsilonGreedy(epsilon=1.0)], runs=50))


def test_a_comparison_keeps_what_its_statistics_are(tmp_path):
    comparison = compared(["ucb", "random"], seed=[0, 1])
    folder = comparison.save(Store(tmp_path), "today")
    [ucb, random] = json.loads((folder / "comparison.json").read_text())
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


class TestPrecision:
    @pytest.fixture(autouse=True)
    def _small_blocks(self, monkeypatch):
        monkeypatch.setattr("rlnotes.simulation.cell.BLOCK", 30)

    def test_runs_are_added_until_the_mean_is_precise(self):
        few, precise = compared("ucb"), compared("ucb", precision=0.02)
        row = precise.rows[0]
        assert row.estimate.high - row.estimate.mean <= 0.02 * row.estimate.mean
        assert row.runs % 30 == 0
        assert (row.result.outcome[:30] == few["ucb"].outcome).all()
        one_block_less = row.result.outcome[:-30]
        half = 1.96 * one_block_less.std(ddof=1) / np.sqrt(len(one_block_less))
        assert half > 0.0195 * one_block_less.mean()
        assert (row.result.outcome == compared("ucb", runs=row.runs)["ucb"].outcome).all()

    def test_agents_that_need_more_runs_are_compared_in_those_that_all_have(self):
        comparison = compared(["ucb", "moss"], precision=0.03, seed=[0, 1])
        a, b = comparison.rows
        assert a.runs != b.runs
        pairs = [
            np.subtract(*(outcome[: min(map(len, both))] for outcome in both))
            for both in zip(a.outcomes.values(), b.outcomes.values(), strict=True)
        ]
        difference = (a.difference or b.difference).estimate.mean
        assert abs(difference) == pytest.approx(abs(np.concatenate(pairs).mean()))
        assert a.compared_runs == b.compared_runs == len(np.concatenate(pairs))

    def test_the_interval_in_the_end_covers_the_mean(self):
        """Of 300 cells that stop when they are precise 264 or more cover the mean of 40,000 other runs.

        Where 94 % do, as was measured, a false alarm has a probability of 1e-5; where 80 % do it is seen with 0.999.
        """
        agent, env = EpsilonGreedy(epsilon=1.0), GaussianBandit()
        true = simulate(Cell(agent, env, 20, 40_000, seed=10_000)).outcome.mean()
        covered = 0
        for seed in range(300):
            mean, _, low, _ = estimate(simulate(Cell(agent, env, 20, 30, seed=seed, precision=0.05)).outcome)
            covered += abs(true - mean) <= mean - low
        assert covered >= 264

    def test_what_does_not_vary_is_precise(self):
        assert compared("etc", GaussianBandit(means=[0.0, 0.0]), precision=0.01).rows[0].runs == 30

    def test_there_is_an_end(self, monkeypatch):
        monkeypatch.setattr("rlnotes.simulation.cell.MOST", 90)
        with pytest.warns(UserWarning, match=r"ucb on .*: 90 runs are not enough for precision=1e-05"):
            assert compared("ucb", precision=1e-5).rows[0].runs == 90

    @pytest.mark.parametrize("precision", [0.0, 1.0, -0.1, float("nan"), "x"])
    def test_it_is_a_share(self, precision):
        with pytest.raises(SettingError, match=r"^precision=.*: must be between 0 and 1, or null$"):
            compared("ucb", precision=precision)

    def test_it_needs_as_many_runs_as_are_added_at_a_time(self):
        with pytest.raises(SettingError, match=r"^precision=0.1: needs runs=30 or more, .*; there are 29$"):
            compared("ucb", runs=29, precision=0.1)


def test_the_best_is_that_of_the_runs_that_all_have():
    """By all its runs b is the best, but in those that both have a is."""
    a, b = (compared(agent)[agent] for agent in ("ucb", "etc"))
    a.data["regret"] = np.linspace(4.0, 5.0, 30)[:, None]
    b.data["regret"] = np.append(np.full(30, 8.0), np.zeros(90))[:, None]
    first, other = (Row.of(label, [result], "regret") for label, result in (("a", a), ("b", b)))
    compare_to_best([first, other])
    assert first.estimate.mean > other.estimate.mean
    assert (first.best, other.best, other.beats_best.mean) == (True, False, 0.0)
    assert other.difference.estimate.mean == pytest.approx(3.5)
    assert first.compared_runs == other.compared_runs == 30
