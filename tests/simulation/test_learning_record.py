"""What is recorded of learning, told and drawn of it."""

import re
from functools import partial

import numpy as np
import pytest
from matplotlib import pyplot
from test_recorder import Countdown

from rlnotes.simulation import simulate as simulate_module
from rlnotes import compare, recorder
from rlnotes.agents import SARSA, TD, QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs import CliffWalking, Garnet, RandomWalk, RiverSwim
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.policy_values import start_values
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.recorder import Complete, Judge, Recorder, even
from rlnotes.simulation.simulate import simulate


def play(recorder, steps=10**6):
    """So many steps of Countdown, or as many as it takes; their number."""
    recorder.reset()
    for step in range(steps):
        try:
            recorder.step(np.zeros(recorder.num_envs, int))
        except Complete:
            return step
    return steps


def test_so_many_episodes_of_every_run_are_recorded_however_long_they_are():
    told = []
    record = Recorder(Countdown(3), episodes=4, advance=told.append)
    assert play(record) == 4 * 3  # the run of the longest episodes decides, and the step after them is not taken
    assert record.unwrapped.left.tolist() == [1, 2, 3]
    data = record.data()
    np.testing.assert_array_equal(data["returns"], [[1] * 4, [2] * 4, [3] * 4])
    np.testing.assert_array_equal(data["lengths"], data["returns"])
    assert data["visits"].tolist() == [[4 * (1 + 2 + 3)]]  # none of a run that has finished
    assert data["first_return"].tolist() == [1, 2, 3]
    assert told == [1, 2, 2, 2, 0, 2, 0, 1, 1, 0, 0, 1]  # of all runs


def test_episodes_are_recorded_whatever_number_there_is_room_for_in_steps():
    for episodes in (1, 8, 9, 40):
        play(by_episode := Recorder(Countdown(2), episodes=episodes))
        play(by_step := Recorder(Countdown(2), steps=2 * episodes), 2 * episodes)
        np.testing.assert_array_equal(by_episode.data()["returns"], by_step.data()["returns"][:, :episodes])
        assert by_episode.data()["returns"].shape == (2, episodes)


def test_it_is_said_when_no_episode_seems_to_end(monkeypatch):
    monkeypatch.setattr(recorder, "PATIENCE", 5)
    assert play(Recorder(Countdown(4), episodes=4)) == 16  # more than 5 in all, but at most 4 since the last
    late = Recorder(Countdown(1), episodes=4)
    late.reset()
    late.unwrapped.left[:] = 9
    for _ in range(4):
        late.step(np.zeros(1, int))
    with pytest.raises(SettingError) as refused:
        late.step(np.zeros(1, int))
    assert str(refused.value) == "episodes=4: no episode ended in 5 steps; set steps instead"


def asked(runs, points=40, at_most=100, **extent):
    """The data of a recorder that asks for greedy values, and is told the steps that were learnt from, and the runs."""
    learnt = []
    judge = Judge("greedy_value", lambda runs: len(learnt) + runs / 10, at_most, points)
    record = Recorder(Countdown(runs), **extent, judge=judge)
    record.reset()
    with pytest.raises(Complete) if "episodes" in extent else pytest.MonkeyPatch.context():
        for _ in range(extent.get("steps", 10**6)):
            record.step(np.zeros(runs, int))
            learnt.append("a step of every run")
    return record.data() | {"aside": record.aside, "learnt": len(learnt)}


@pytest.mark.parametrize(("steps", "at"), [(7, range(1, 8)), (40, range(1, 41)), (1_000, range(25, 1_001, 25))])
def test_the_greedy_policy_is_judged_after_so_many_steps_have_been_learnt_from(steps, at):
    data = asked(3, steps=steps)
    assert data["greedy_value_at"].tolist() == list(at)
    assert (data["greedy_value"] == np.array(at) + np.arange(3)[:, None] / 10).all()
    assert data["aside"] > 0


@pytest.mark.parametrize(("episodes", "at"), [(3, [1, 2, 3]), (4, [1, 2, 3, 4]), (100, [25, 50, 75, 100])])
def test_the_greedy_policy_of_a_run_is_judged_after_its_own_episodes(episodes, at):
    data = asked(3, points=4, episodes=episodes)
    assert data["greedy_value_at"].tolist() == at
    runs = np.arange(3)[:, None]
    assert (data["greedy_value"] == np.array(at) * (runs + 1) + runs / 10).all()
    assert data["aside"] > 0
    assert data["learnt"] == 3 * episodes


@pytest.mark.parametrize("extent", [{"steps": 30}, {"episodes": 10}])
def test_the_greedy_policies_of_the_first_runs_alone_are_judged(extent):
    every, some = (asked(3, 5, most, **extent)["greedy_value"] for most in (3, 2))
    assert some.shape == (2, 5)
    assert (some == every[:2]).all()


def test_what_costs_time_beside_learning_is_asked_for_only_where_it_is_wanted():
    play(record := Recorder(Countdown(2), steps=50), 50)
    assert record.aside == 0
    assert not {"greedy_value", "greedy_value_at"} & set(record.data())
    assert [even(10, 3).tolist(), even(2, 40).tolist(), even(5, 0).tolist()] == [[3, 7, 10], [1, 2], []]


def ending(model, rng):
    """A random policy that comes to an end from every state of a model without chance (Wilson's algorithm)."""
    policy, ends = np.zeros(model.states, int), model.final.copy()

    def go(s):
        row = model.offsets[s * model.actions + policy[s]]
        return model.next_state[row], model.terminated[row]

    for first in range(model.states):
        s, over = first, False
        while not (over or ends[s]):
            policy[s] = rng.integers(model.actions)
            s, over = go(s)
        s, over = first, False
        while not (over or ends[s]):
            ends[s] = True
            s, over = go(s)
    return policy


@pytest.mark.parametrize(
    ("env", "policies"),
    [
        (CliffWalking(), lambda model, rng: [ending(model, rng) for _ in range(40)]),
        *[
            (env, lambda model, rng: rng.integers(model.actions, size=(40, model.states)))
            for env in (Garnet(discount=0.95), RiverSwim(discount=0.0), Registered("FrozenLake8x8-v1"))
        ],
    ],
)
def test_the_value_of_a_policy_is_that_of_the_equations(env, policies):
    policies = np.array(policies(env.model, np.random.default_rng(5)))
    values = start_values(env.model, policies)
    expected = [env.model.evaluate(policy) @ env.model.start for policy in policies]
    np.testing.assert_allclose(values, expected, rtol=1e-7, atol=1e-9)
    assert len(np.unique(values)) > (1 if isinstance(env, RiverSwim) else 5)


def test_the_value_of_a_policy_that_never_ends_is_infinite_where_that_costs_or_pays():
    up, right, ways = 0, 1, CliffWalking().model
    assert start_values(ways, np.full((1, 48), up)) == -np.inf  # into a wall for ever
    assert start_values(ways, np.full((1, 48), right)) == -np.inf  # into the cliff
    policy = np.full((1, 48), up)
    policy[0, 24:35], policy[0, 35] = right, 2
    assert start_values(ways, policy) == -13
    for reward, value in ((-1.0, -np.inf), (0.0, -3.0), (1.0, np.inf)):
        loop = Model.from_arrays(np.eye(2)[[1, 1]][:, None], [[-3.0], [reward]], start=0, discount=1.0)
        assert start_values(loop, np.zeros((1, 2), int)) == value
    # The gain is −0.6 a step, though the rewards of the two states add up to 2.
    rarely = Model.from_arrays([[[0.9, 0.1]], [[1.0, 0.0]]], [[-1.0], [3.0]], start=0, discount=1.0)
    assert start_values(rarely, np.zeros((1, 2), int)) == -np.inf
    discounted = Model.from_arrays(np.eye(1)[None], [[-1.0]], start=0, discount=0.99)
    assert start_values(discounted, np.zeros((1, 1), int)) == pytest.approx(-100, rel=1e-9)


LEARNERS = ["q_learning", "sarsa"]


def test_what_learners_show_is_said_in_a_sentence_and_drawn(run, tmp_path):
    said = " ".join(run(f"agent={','.join(LEARNERS)}", "env=cliff_walking", "episodes=60", "runs=20").split())
    number = r"(-?[\d.]+|-inf)"
    both = rf"{number} \((\w+)\), {number} \((\w+)\)"
    lost = rf"An episode's best mean return is -13; the regret of the first 60 episodes is {both}\."
    judged = rf"At the end the greedy policies are worth {both} \(median\); the best is worth -13\."
    [found] = re.findall(rf"Episodes 55 to 60 returned {both}, in steps: {both}\. {lost} {judged}", said)

    comparison = compare(LEARNERS, CliffWalking(), episodes=60, runs=20, progress=False)
    returned = {name: comparison[name].data["returns"][:, 54:].mean() for name in LEARNERS}
    worth = {name: np.median(comparison[name].data["greedy_value"][:, -1]) for name in LEARNERS}
    steps = {name: comparison[name].data["lengths"][:, 54:].mean() for name in LEARNERS}
    regret = {name: (-13 - comparison[name].data["returns"]).sum(axis=1).mean() for name in LEARNERS}
    kinds = (returned, steps, regret, worth)
    for told, numbers in zip((found[i : i + 4] for i in range(0, 16, 4)), kinds, strict=True):
        assert float(told[0]) >= float(told[2])
        assert {told[1], told[3]} == set(LEARNERS)
        assert all(f"{numbers[name]:.4g}" == value for value, name in (told[:2], told[2:]))
    [folder] = [path.parent for path in tmp_path.glob("results/*/comparison.csv")]
    names = {
        f"{figure}.{kind}" for figure in ("return", "length", "episode_regret", "policy") for kind in ("png", "svg")
    }
    assert {path.name for path in folder.iterdir()} == names | {"comparison.csv", "comparison.json"}


def test_learners_whose_luck_differs_are_not_put_in_one_sentence():
    text = str(compare(LEARNERS, [CliffWalking(), "windy_gridworld"], episodes=20, runs=5, progress=False))
    assert text.count("Episodes 19 to 20 returned") == 2
    assert "the best is worth -13." in text
    assert "the best is worth -15." in text
    assert "returned" not in str(compare("random", CliffWalking(), episodes=2, runs=2, progress=False))


def test_a_window_below_one_episode_is_refused(run):
    with pytest.raises(SystemExit) as refused:
        run("agent=q_learning", "env=cliff_walking", "episodes=5", "runs=2", "plot.window=0")
    assert str(refused.value) == "rlnotes: plot.window=0: must be 1 or more, or null"


@pytest.mark.parametrize(("window", "label"), [(1, "an episode"), (10, "10 episodes, their mean"), (99, "60 episodes")])
def test_returns_are_drawn_as_means_of_so_many_episodes(window, label):
    comparison = compare("q_learning", CliffWalking(), episodes=60, runs=20, progress=False)
    [returns, greedy] = (figure := comparison.plot(window=window)).axes
    assert returns.get_ylabel().startswith(f"return of {label}")
    [line], width = returns.get_lines(), min(window, 60)
    mean = comparison["q_learning"].data["returns"].mean(axis=0)
    assert line.get_xdata().tolist() == list(range(width, 61))
    np.testing.assert_allclose(line.get_ydata(), np.convolve(mean, np.full(width, 1 / width), "valid"))
    assert greedy.get_ylabel().startswith("value of the greedy policy")
    pyplot.close(figure)


@pytest.mark.parametrize("agent", [QLearning, SARSA])
def test_what_is_kept_of_learning_has_the_shape_that_it_says(agent):
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


def test_visits_are_those_of_the_episodes_that_are_recorded_block_by_block():
    run = partial(Cell, QLearning(), CliffWalking(), episodes=3)
    data = simulate(run(runs=1_003)).data
    assert data["visits"].shape == (2, 48)
    assert data["visits"].sum(axis=1).tolist() == [data["lengths"][:1_000].sum(), data["lengths"][1_000:].sum()]
    assert (data["returns"].shape, data["greedy_value"].shape) == ((1_003, 3), (103, 3))
    assert (data["visits"][:1] == simulate(run(runs=1_000)).data["visits"]).all()


def test_a_mean_over_runs_is_that_of_all_blocks(monkeypatch):
    monkeypatch.setattr(simulate_module, "BLOCK", 4)
    run = partial(Cell, TD(alpha=0.5), RandomWalk(), episodes=3, seed=2)
    learned = {runs: simulate(run(runs=runs)).data["learned_value"] for runs in (4, 5)}
    monkeypatch.setattr(simulate_module, "BLOCK", 8)
    monkeypatch.setattr(TD, "report", lambda agent: {"learned_value": np.full(7, len(agent.v))})
    assert simulate(run(runs=8 + 2)).data["learned_value"].tolist() == [(8 * 8 + 2 * 2) / 10] * 7
    fifth = 5 * learned[5] - 4 * learned[4]
    assert fifth.any()
    assert ((fifth > -1e-12) & (fifth < 1 + 1e-12)).all()


def test_the_regret_of_bandits_and_that_of_episodes_have_a_figure_each(run, tmp_path):
    run("agent=q_learning,sarsa", "env=gaussian_bandit,maximization_bias", "steps=60", "runs=3")
    [folder] = [path.parent for path in tmp_path.glob("results/*/comparison.csv")]
    assert {"regret.png", "episode_regret.png", "return.png"} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("words", "told"),
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
def test_what_leads_nowhere_is_told_in_a_line(run, words, told):
    with pytest.raises(SystemExit) as refused:
        run(*words.split(), "episodes=200", "runs=5")
    assert str(refused.value).startswith(f"rlnotes: {told}")
    assert "\n" not in str(refused.value)
