"""The charts, win rates and maps of the page as numbers."""

import json

import numpy as np
import pytest

from rlnotes import compare
from rlnotes.agents import ETC, SARSA, UCB, PolicyIteration, QLearning, Random, ValueIteration
from rlnotes.analysis.labels import short_number
from rlnotes.envs import CliffWalking, GaussianBandit
from rlnotes.figures.style import looks
from rlnotes.report.charts import chart_of, charts, dashes, line_of, thinned
from rlnotes.report.course import courses
from rlnotes.report.maps import maps
from rlnotes.report.win_rates import win_rates
from rlnotes.settings import Plot
from rlnotes.simulation.estimate import estimate

QUICK = {"steps": 300, "runs": 20, "progress": False}


@pytest.fixture(scope="module")
def bandits():
    return compare([ETC(pulls=5), UCB(delta=0.1), UCB(delta=0.01), Random()], GaussianBandit(gap=1.0), **QUICK).rows


@pytest.fixture(scope="module")
def learners():
    return compare([QLearning(), SARSA()], CliffWalking(), episodes=30, runs=5, progress=False).rows


def by_kind(rows, metric, plot=None):
    return {chart["kind"]: chart for chart in charts(rows, metric, plot or Plot())}


def test_curves_end_at_the_scores_of_the_table(bandits):
    lines = by_kind(bandits, "regret")["Curves"]["lines"]
    for row, line in zip(bandits, lines, strict=False):
        ends = [line[key][-1] for key in ("y", "low", "high")]
        assert ends == pytest.approx([row.estimate.mean, row.estimate.low, row.estimate.high], rel=1e-5)


def test_lines_look_as_in_the_figures(bandits):
    lines = by_kind(bandits, "regret")["Curves"]["lines"]
    for look, line in zip(looks(bandits), lines, strict=False):
        assert (line["label"], line["colour"], line["dash"]) == (look.label, look.colour, dashes(look.line_style))
    assert lines[1]["dash"] != lines[2]["dash"]


def test_bounds_are_lines_that_are_not_shown_at_first(bandits):
    lines = by_kind(bandits, "regret")["Curves"]["lines"]
    assert [line["bound"] for line in lines[:4]] == [False] * 4
    assert len(lines) > 4
    assert all(line["bound"] for line in lines[4:])
    assert len(by_kind(bandits, "regret", Plot(theory=False))["Curves"]["lines"]) == 4


def test_a_distribution_is_the_share_of_runs_with_at_most_each_score(bandits):
    chart = by_kind(bandits, "regret")["Final scores"]
    for row, line in zip(bandits, chart["lines"], strict=True):
        scores = row.result.outcome
        for x, share in list(zip(line["x"], line["y"], strict=True))[1:]:
            assert np.mean(scores < x * (1 - 1e-5)) <= share <= np.mean(scores <= x * (1 + 1e-5))
        assert (line["y"][0], line["y"][-1]) == (0, 1)


def test_scores_by_a_swept_number():
    rows = compare([*(UCB(delta=delta) for delta in (0.1, 0.01, 0.001)), Random()], **QUICK).rows
    chart = by_kind(rows, "regret")["Score by agent.delta"]
    swept, level = chart["lines"]
    assert chart["log_x"]
    assert chart["from_zero"]  # regret is a cost
    assert swept["x"] == [0.001, 0.01, 0.1]
    assert swept["y"] == pytest.approx([row.estimate.mean for row in (rows[2], rows[1], rows[0])], rel=1e-5)
    assert level["y"] == pytest.approx([rows[3].estimate.mean] * 2, rel=1e-5)


def test_returns_are_the_curves_of_the_figure(learners):
    made = by_kind(learners, "return", Plot(window=5))
    line = made["Curves"]["lines"][0]
    last = learners[0].result.data["returns"][:, 25:30].mean(axis=1)
    assert (line["x"][-1], line["y"][-1]) == (30, pytest.approx(estimate(last).mean, rel=1e-5))
    assert made["Values of the greedy policies"]["lines"][-1]["y"] == [-13, -13]


def test_every_chart_is_json(bandits, learners):
    for rows, metric in ((bandits, "regret"), (learners, "return")):
        json.dumps(list(charts(rows, metric, Plot())), allow_nan=False)


@pytest.mark.parametrize("size", [1, 2, 200, 201, 100_000])
def test_thinned_points_begin_and_end_the_line(size):
    at = thinned(size, 200)
    assert len(at) <= 200
    assert (at[0], at[-1]) == (0, size - 1)
    assert (np.diff(at) > 0).all()
    assert size < 10 or list(at[:5]) == [0, 1, 2, 3, 4]


def test_many_lines_have_fewer_points():
    shown = line_of("one", "#0072B2", "-", np.arange(1, 501), np.arange(500), np.arange(500), np.arange(500))
    few = chart_of("Curves", "", "steps", "regret", [dict(shown) for _ in range(20)])["lines"]
    many = chart_of("Curves", "", "steps", "regret", [dict(shown) for _ in range(300)])["lines"]
    assert 100 < len(few[0]["x"]) <= 200
    assert {len(one[key]) for one in many for key in ("x", "y", "low", "high")} <= set(range(20, 41))
    assert (many[0]["x"][0], many[0]["x"][-1]) == (1, 500)


def test_win_rates_are_the_shares_of_paired_runs(bandits):
    [rates] = win_rates(bandits)
    best = next(i for i, row in enumerate(bandits) if row.best)
    for i, row in enumerate(bandits):
        for j, other in enumerate(bandits):
            a, b = row.result.outcome, other.result.outcome
            expected = None if i == j else np.mean((a < b) + 0.5 * (a == b))
            assert rates.rates[i][j] == expected
        if row.beats_best:
            assert rates.rates[i][best] == row.beats_best.mean
    assert rates.runs == 20


def test_maps_show_values_beside_the_optimum(learners):
    [shown] = maps(learners, "return")
    assert [one.heading for one in shown.maps] == ["q_learning", "sarsa", "optimal"]
    start, cliff, above = shown.maps[0].rows[3][0], shown.maps[0].rows[3][1], shown.maps[2].rows[2][0]
    data = learners[0].result.data
    share = 100 * data["visits"].sum(axis=0)[data["grid"][3, 0]] / data["visits"].sum()
    assert f"{share:.3g} % of all steps" in start.note
    assert "V* -13 " in start.note
    q = ", ".join(f"{action} {short_number(one)}" for action, one in zip("↑→↓←", data["learned_q"][0, 36], strict=True))
    assert start.note.endswith(f"Q of run 0: {q}")
    assert start.text.startswith("S")
    assert (cliff.kind, above.kind, above.text) == ("blank", "state", "→")
    for one in shown.maps:
        for (y, x), state in np.ndenumerate(data["grid"]):
            assert f"optimal action {data['actions'][data['optimal_policy'][state]]}" in one.rows[y][x].note


def test_the_course_of_learning_is_that_of_the_snapshots(learners):
    [course] = courses(learners)
    assert course.headings == ["q_learning", "sarsa"]
    assert course.drawing["unit"] == "episodes"
    for row, shown, lines in zip(learners, course.drawing["maps"], course.tables, strict=True):
        data = row.result.data
        assert course.drawing["at"] == data["snapshot_at"].tolist()
        assert shown["policy"] == data["snapshot_policy"].tolist()
        seen = data["visits"].sum(axis=0) > 0
        for values, learnt in zip(shown["values"], data["snapshot_value"], strict=True):
            assert [value is not None for value in values] == seen.tolist()
            assert [value for value in values if value is not None] == pytest.approx(learnt[seen], rel=1e-3)
        assert lines[3][0] == ("state", 36, "S")
        assert {cell.kind for cell in lines[3][1:]} == {"blank"}
    json.dumps(course.drawing, allow_nan=False)


def test_plans_show_their_values_and_how_they_converged():
    rows = compare([ValueIteration(), PolicyIteration()], CliffWalking(), **QUICK).rows
    [shown] = maps(rows, "value")
    assert [one.heading for one in shown.maps] == ["value_iteration", "policy_iteration"]
    assert "V -13 " in shown.maps[0].rows[3][0].note
    lines = by_kind(rows, "value")["Convergence"]["lines"]
    assert len(lines) == 4
    assert lines[0]["x"][-1] == rows[0].result.data["at_sweep"][-1]
