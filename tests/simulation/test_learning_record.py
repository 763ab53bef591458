"""The record of learning: episodes, evaluations of greedy policies, and what the command prints and draws of them."""

import re
from functools import partial

import numpy as np
import pytest
from matplotlib import pyplot
from support.countdown import Countdown, play

from rlnotes import compare
from rlnotes.agents import SARSA, TD, QLearning
from rlnotes.agents.base.agent import SET_LIMIT
from rlnotes.base.errors import SettingError
from rlnotes.envs import CliffWalking, RandomWalk
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.evaluation import Evaluation, evenly_spaced
from rlnotes.simulation.recorder import Complete, Recorder
from rlnotes.simulation.simulate import simulate

LONG = 10**6
"""more steps than any of these recorders takes until it is complete"""


def test_every_run_has_the_same_number_of_episodes_whatever_their_length():
    progress = []
    recorder = Recorder(Countdown(3), episodes=4, advance=progress.append)
    assert play(recorder, LONG) == 4 * 3  # the run with the longest episodes decides; the step after them is not taken
    assert recorder.unwrapped.left.tolist() == [1, 2, 3]
    data = recorder.record()
    np.testing.assert_array_equal(data["returns"], [[1] * 4, [2] * 4, [3] * 4])
    np.testing.assert_array_equal(data["lengths"], data["returns"])
    assert data["visits"].tolist() == [[4 * (1 + 2 + 3)]]  # a run that has finished adds no visits
    assert data["first_return"].tolist() == [1, 2, 3]
    assert progress == [1, 2, 2, 2, 0, 2, 0, 1, 1, 0, 0, 1]  # episodes of all runs


def test_the_record_of_episodes_grows_as_needed():
    for episodes in (1, 8, 9, 40):
        play(by_episode := Recorder(Countdown(2), episodes=episodes), LONG)
        play(by_step := Recorder(Countdown(2), steps=2 * episodes), 2 * episodes)
        np.testing.assert_array_equal(by_episode.record()["returns"], by_step.record()["returns"][:, :episodes])
        assert by_episode.record()["returns"].shape == (2, episodes)


def test_a_run_in_which_no_episode_ends_is_given_up(monkeypatch):
    monkeypatch.setattr("rlnotes.simulation.recorder.PATIENCE", 5)
    assert play(Recorder(Countdown(4), episodes=4), LONG) == 16  # more than 5 in all, but at most 4 since the last end
    late = Recorder(Countdown(1), episodes=4)
    late.reset()
    late.unwrapped.left[:] = 9
    for _ in range(4):
        late.step(np.zeros(1, int))
    with pytest.raises(SettingError) as refused:
        late.step(np.zeros(1, int))
    assert str(refused.value) == f"episodes=4: no episode ended in 5 steps; {SET_LIMIT}"


def evaluated(runs, points=40, at_most=100, **extent):
    """The record of a recorder that evaluates the greedy policy as (steps learnt from) + run / 10."""
    learnt = []
    evaluation = Evaluation("greedy_value", lambda runs: len(learnt) + runs / 10, at_most, points)
    recorder = Recorder(Countdown(runs), **extent, evaluation=evaluation)
    recorder.reset()
    with pytest.raises(Complete) if "episodes" in extent else pytest.MonkeyPatch.context():
        for _ in range(extent.get("steps", 10**6)):
            recorder.step(np.zeros(runs, int))
            learnt.append("a step of every run")
    return recorder.record() | {"seconds": recorder.evaluations.seconds, "learnt": len(learnt)}


@pytest.mark.parametrize(("steps", "at"), [(7, range(1, 8)), (40, range(1, 41)), (1_000, range(25, 1_001, 25))])
def test_the_greedy_policy_is_evaluated_at_evenly_spaced_steps(steps, at):
    data = evaluated(3, steps=steps)
    assert data["greedy_value_at"].tolist() == list(at)
    assert (data["greedy_value"] == np.array(at) + np.arange(3)[:, None] / 10).all()
    assert data["seconds"] > 0


@pytest.mark.parametrize(("episodes", "at"), [(3, [1, 2, 3]), (4, [1, 2, 3, 4]), (100, [25, 50, 75, 100])])
def test_the_greedy_policy_of_a_run_is_evaluated_after_its_own_episodes(episodes, at):
    data = evaluated(3, points=4, episodes=episodes)
    assert data["greedy_value_at"].tolist() == at
    runs = np.arange(3)[:, None]
    assert (data["greedy_value"] == np.array(at) * (runs + 1) + runs / 10).all()
    assert data["seconds"] > 0
    assert data["learnt"] == 3 * episodes


@pytest.mark.parametrize("extent", [{"steps": 30}, {"episodes": 10}])
def test_only_the_first_runs_are_evaluated(extent):
    every, some = (evaluated(3, 5, most, **extent)["greedy_value"] for most in (3, 2))
    assert some.shape == (2, 5)
    assert (some == every[:2]).all()


def test_nothing_is_evaluated_unless_it_is_asked_for():
    play(recorder := Recorder(Countdown(2), steps=50), 50)
    assert recorder.evaluations.seconds == 0
    assert not {"greedy_value", "greedy_value_at"} & set(recorder.record())
    points = [evenly_spaced(*last_and_points).tolist() for last_and_points in ((10, 3), (2, 40), (5, 0))]
    assert points == [[3, 7, 10], [1, 2], []]


LEARNERS = ["q_learning", "sarsa"]


def test_a_sentence_gives_the_greedy_policies_of_the_agents_that_have_one(run):
    text = " ".join(run("agent=random,q_learning", "env=cliff_walking", "episodes=60", "runs=20").split())
    assert re.search(r"At the end the greedy policies are worth \S+ \(q_learning\) \(median\)", text)


def test_a_sentence_and_figures_show_how_agents_learn(run, tmp_path):
    text = " ".join(run(f"agent={','.join(LEARNERS)}", "env=cliff_walking", "episodes=60", "runs=20").split())
    text = text.replace("∞", "inf")
    number = r"(-?[\d.]+|-inf)"
    both = rf"{number} \((\w+)\), {number} \((\w+)\)"
    lost = rf"The best mean return is -13; the regret of the first 60 episodes is {both}\."
    greedy = rf"At the end the greedy policies are worth {both} \(median\); the best is worth -13\."
    [found] = re.findall(rf"Mean return of episodes 55 to 60: {both}; mean length: {both}\. {lost} {greedy}", text)

    comparison = compare(LEARNERS, CliffWalking(), episodes=60, runs=20, progress=False)
    returned = {name: comparison[name].data["returns"][:, 54:].mean() for name in LEARNERS}
    worth = {name: np.median(comparison[name].data["greedy_value"][:, -1]) for name in LEARNERS}
    steps = {name: comparison[name].data["lengths"][:, 54:].mean() for name in LEARNERS}
    regret = {name: (-13 - comparison[name].data["returns"]).sum(axis=1).mean() for name in LEARNERS}
    kinds = (returned, steps, regret, worth)
    for shown, numbers in zip((found[i : i + 4] for i in range(0, 16, 4)), kinds, strict=True):
        assert float(shown[0]) >= float(shown[2])
        assert {shown[1], shown[3]} == set(LEARNERS)
        assert all(f"{numbers[name]:.4g}" == value for value, name in (shown[:2], shown[2:]))
    [folder] = [path.parent for path in tmp_path.glob("results/*/comparison.csv")]
    figures = ("return", "length", "episode_regret", "policy", "scores")
    names = {f"{figure}.{kind}" for figure in figures for kind in ("png", "svg")}
    assert {path.name for path in folder.iterdir()} == names | {
        "comparison.csv",
        "comparison.json",
        "comparison.yaml",
        "report.html",
    }


def test_agents_on_different_environments_are_not_in_one_sentence():
    text = str(compare(LEARNERS, [CliffWalking(), "windy_gridworld"], episodes=20, runs=5, progress=False))
    assert text.count("Mean return of episodes 19 to 20:") == 2
    assert "the best is worth -13." in text
    assert "the best is worth -15." in text
    assert "returned" not in str(compare("random", CliffWalking(), episodes=2, runs=2, progress=False))


def test_a_window_below_one_episode_is_refused(run):
    with pytest.raises(SystemExit) as refused:
        run("agent=q_learning", "env=cliff_walking", "episodes=5", "runs=2", "plot.window=0")
    assert str(refused.value) == "rlnotes: plot.window=0: must be 1 or more, or null"


@pytest.mark.parametrize(
    ("window", "label"),
    [(1, "return of an episode"), (10, "mean return of 10 episodes"), (99, "mean return of 60 episodes")],
)
def test_returns_are_drawn_as_means_over_a_window_of_episodes(window, label):
    comparison = compare("q_learning", CliffWalking(), episodes=60, runs=20, progress=False)
    [returns, greedy] = (figure := comparison.plot(window=window)).axes
    assert returns.get_ylabel().startswith(f"{label}\nmean and 95 % band")
    assert returns.get_ylabel().endswith("over the runs") == (window > 1)
    [line], width = returns.get_lines(), min(window, 60)
    mean = comparison["q_learning"].data["returns"].mean(axis=0)
    assert line.get_xdata().tolist() == list(range(width, 61))
    np.testing.assert_allclose(line.get_ydata(), np.convolve(mean, np.full(width, 1 / width), "valid"))
    assert greedy.get_ylabel().startswith("value of the greedy policy")
    pyplot.close(figure)


@pytest.mark.parametrize("agent", [QLearning, SARSA])
def test_the_arrays_of_a_record_have_the_documented_shapes(agent):
    data = simulate(Cell(agent(), CliffWalking(time_limit=50), steps=400, runs=150)).data
    per_state = [data[name].shape for name in ("optimal_value", "optimal_policy")]
    assert per_state == [(48,)] * 2
    assert (data["learned_value"].shape, data["greedy_for"].shape) == ((48,), (1, 48 * 4))
    assert (data["greedy_for"].reshape(48, 4).sum(axis=1) == 150).all()
    assert (data["visits"].shape, data["visits"].sum()) == ((1, 48), 400 * 150)
    assert (data["greedy_value"].shape, data["greedy_value_at"].shape, data["optimum"].shape) == ((100, 40), (40,), ())
    assert data["visits"][0, data["final"]].sum() == 0
    assert set(data["optimal_policy"]) <= set(range(4))
    np.testing.assert_array_equal(np.isnan(data["returns"]), data["lengths"] == 0)


def test_visits_count_the_recorded_episodes_of_each_block():
    run = partial(Cell, QLearning(), CliffWalking(), episodes=3)
    data = simulate(run(runs=1_003)).data
    assert data["visits"].shape == (2, 48)
    assert data["visits"].sum(axis=1).tolist() == [data["lengths"][:1_000].sum(), data["lengths"][1_000:].sum()]
    assert (data["returns"].shape, data["greedy_value"].shape) == ((1_003, 3), (103, 3))
    assert (data["visits"][:1] == simulate(run(runs=1_000)).data["visits"]).all()


def test_a_mean_over_runs_weights_blocks_by_their_runs(monkeypatch):
    monkeypatch.setattr("rlnotes.simulation.simulate.BLOCK", 4)
    run = partial(Cell, TD(alpha=0.5), RandomWalk(), episodes=3, seed=2)
    learned = {runs: simulate(run(runs=runs)).data["learned_value"] for runs in (4, 5)}
    monkeypatch.setattr("rlnotes.simulation.simulate.BLOCK", 8)
    monkeypatch.setattr(TD, "report", lambda agent: {"learned_value": np.full(7, len(agent.v))})
    assert simulate(run(runs=8 + 2)).data["learned_value"].tolist() == [(8 * 8 + 2 * 2) / 10] * 7
    fifth = 5 * learned[5] - 4 * learned[4]
    assert fifth.any()
    assert ((fifth > -1e-12) & (fifth < 1 + 1e-12)).all()


def test_bandits_and_episodes_have_regret_figures_of_their_own(run, tmp_path):
    run("agent=q_learning,sarsa", "env=gaussian_bandit,maximization_bias", "steps=60", "runs=3")
    [folder] = [path.parent for path in tmp_path.glob("results/*/comparison.csv")]
    assert {"regret.png", "episode_regret.png", "return.png"} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "agent=td_lambda agent.form=backward agent.alpha=1 agent.decay=1 env=random_walk env.states=19",
            "agent.alpha=1",
        ),
        ("agent=n_step_sarsa agent.n=1000000000000 env=cliff_walking", "agent.n=1000000000000: needs"),
        ("agent=dyna_q agent.planning=1000000000000 env=cliff_walking", "agent.planning=1000000000000: needs"),
        ("agent=td env=river_swim env.discount=1 env.time_limit=10", "agent.policy=uniform: never ends"),
        (
            "agent=softmax_reinforce agent.alpha=1/visits env=cliff_walking",
            "agent.alpha=1/visits: cannot be counted here",
        ),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_one_line(run, words, message):
    with pytest.raises(SystemExit) as refused:
        run(*words.split(), "episodes=200", "runs=5")
    assert str(refused.value).startswith(f"rlnotes: {message}")
    assert "\n" not in str(refused.value)
