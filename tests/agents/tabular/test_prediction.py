"""Agents that learn the value of a policy while they play it, and the error of that value.

The references learn Q of an environment with one action, whose Q is V.
"""

from dataclasses import replace
from functools import partial
from math import inf, nan, sqrt

import numpy as np
import pytest
from matplotlib import pyplot
from reference import tabular as reference
from support.tabular import (
    ACTIONS,
    BLOCKED,
    DISCOUNT,
    RUNS,
    STATES,
    STEPS,
    drive,
    first_table,
    of_run,
    random_numbers,
    refusal,
    stream,
    with_long_episodes,
)

from rlnotes import compare
from rlnotes.agents import TD, BatchTD, MonteCarloPrediction, NStepTD, TDLambda
from rlnotes.analysis.series import series
from rlnotes.envs import CliffWalking, Garnet, Model, ModelEnv, RandomWalk
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

CONSTANT, MEANS = ((0.1, 0), (0.5, 2.5), (1.0, -0.3)), (("1/visits", 0), ("1/visits", 2.5))
CHANGING = (*CONSTANT, ("linear:0.9:0.1:250", 0.5), ("exponential:0.8:0.05:250", 0))
METHODS = [(TD, {}, partial(reference.n_step_sarsa, 1), 0, CHANGING + MEANS)]
"""agent, settings, the function that makes its reference, tolerance, and (alpha, initial) of every test"""
METHODS += [(NStepTD, {"n": n}, partial(reference.n_step_sarsa, n), 0, CHANGING + MEANS) for n in (1, 3, 8)]
for every, mean in ((False, False), (False, True), (True, False), (True, True)):
    rule, starts = partial(reference.monte_carlo, every, mean), MEANS if mean else CHANGING
    METHODS += [(MonteCarloPrediction, {"every_visit": every}, rule, 0, starts)]
for decay in (0, 0.8, 1):
    forward, backward, true = [{"decay": decay, "form": form} for form in ("forward", "backward", "true_online")]
    METHODS += [(TDLambda, forward, partial(reference.lambda_returns, decay, online=False), 1e-12, CHANGING)]
    METHODS += [(TDLambda, backward, partial(reference.with_traces, "accumulating", decay), 0, CHANGING)]
    METHODS += [(TDLambda, true, partial(reference.true_online, decay), 1e-12, CHANGING)]
    METHODS += [(TDLambda, true, partial(reference.lambda_returns, decay, online=True), 1e-10, CONSTANT)]


@pytest.mark.parametrize(
    ("agent", "settings", "rule", "tolerance", "alpha", "initial"),
    [(*method, *start) for *method, starts in METHODS for start in starts],
)
def test_a_prediction_computes_its_pseudo_code_number_for_number(agent, settings, rule, tolerance, alpha, initial):
    """Within a tolerance where the order of rounding differs.

    True online TD(λ) is the online λ-return algorithm if α is constant.
    """
    numbers = np.zeros((STEPS, RUNS)), np.zeros((STEPS, RUNS, 1))
    streams = stream(3), with_long_episodes(stream(4))
    for steps in streams[: 1 + (rule.func is not reference.lambda_returns)]:
        drive(learner := agent(alpha, initial=initial, **settings), steps)
        for run in range(RUNS):
            q = [[float(initial), *[-inf] * (ACTIONS - 1)] for _ in range(STATES)]
            reference.play(rule(), q, of_run(run, *steps, *numbers), alpha, 0.0)
            np.testing.assert_allclose(learner.v[run], [value for value, *_ in q], rtol=0, atol=tolerance)


@pytest.mark.parametrize("steps", [1, 7, 40, STEPS])
@pytest.mark.parametrize("initial", [0.0, 2.5])
def test_batch_td_is_the_value_in_the_model_of_the_counted_steps(steps, initial):
    """A state that was not visited has its initial value, which otherwise counts for 1e-9 steps."""
    drive(learner := BatchTD(initial=initial), happened := [column[:steps] for column in stream(3)])
    for run, value in enumerate(learner.value(np.arange(RUNS))):
        s, reward, after, terminated, _ = (column[:, run] for column in happened)
        visits, equations = np.bincount(s, minlength=STATES), np.eye(STATES)
        often = np.maximum(visits, 1)
        np.subtract.at(equations, (s, after), DISCOUNT * ~terminated / often[s])
        constant = np.where(visits > 0, np.bincount(s, reward, STATES) / often, initial)
        np.testing.assert_allclose(value, np.linalg.solve(equations, constant), rtol=0, atol=2e-8)
        assert (learner.value(np.array([run])) == value).all()


EVERY = partial(MonteCarloPrediction, 0.1, every_visit=True)
SAME = [(partial(TDLambda, decay=0, form="backward"), TD, 0), (partial(TDLambda, decay=0), TD, 1e-12)]
SAME += [(partial(TDLambda, decay=1, form="forward"), EVERY, 0), (partial(NStepTD, n=STEPS), EVERY, 0)]
SAME += [(partial(NStepTD, n=1), TD, 0)]


@pytest.mark.parametrize(("agent", "other", "tolerance"), SAME)
def test_methods_agree_in_their_special_cases(agent, other, tolerance):
    cut = (*stream(2)[:4], np.ones((STEPS, RUNS), bool))
    for steps in (cut, stream(2), with_long_episodes(stream(2))):
        one, two = agent(), other()
        assert (drive(one, steps) == drive(two, steps)).all()
        np.testing.assert_allclose(one.v, two.v, rtol=0, atol=tolerance)


LIST, MATRIX = [2, 0, 2, 1, 0, 1], np.random.default_rng(1).dirichlet(np.ones(ACTIONS), STATES)
MATRIX[2] = 0.25, 0, 0.75


@BLOCKED
@pytest.mark.parametrize(("policy", "chances"), [("uniform", 1), (LIST, np.eye(3)[LIST]), (MATRIX.tolist(), MATRIX)])
def test_a_prediction_agent_plays_the_given_policy(policy, chances, blocked):
    table, model = first_table(0, blocked)
    chances = (table > -inf) * chances / ((table > -inf) * chances).sum(axis=1, keepdims=True)
    actions = drive(learner := TD(policy=policy), steps := stream(3), model)
    uniform, _ = random_numbers(learner)
    assert (actions == (uniform[..., None] >= chances[steps[0]].cumsum(axis=-1)).sum(axis=-1)).all()


LONG = {"states": 19, "left_reward": -1.0}
KNOWN = [(partial(TD, a, initial=0.5), {}, rmse) for a, rmse in ((0.05, 0.0353), (0.1, 0.0553), (0.15, 0.0702))]
for alpha, rmse in ((0.01, 0.0970), (0.02, 0.0818)):
    KNOWN += [(partial(MonteCarloPrediction, alpha, every_visit=True, initial=0.5), {}, rmse)]
KNOWN += [(partial(NStepTD, 0.375, n=4), LONG, 0.2643), (partial(NStepTD, 0.575, n=2), LONG, 0.2778)]


@pytest.mark.parametrize(("agent", "walk", "published"), KNOWN)
def test_errors_on_the_random_walk_are_the_published_ones(agent, walk, published):
    """After 100 episodes (Example 6.2), or the mean of 10 episodes (Figure 7.2).

    Within 5 standard errors of a mean of 1,500 runs and 0.0006, the accuracy of the published numbers. A false alarm
    has probability 6e-7 for any seed.
    """
    result = simulate(Cell(agent(), RandomWalk(**walk), episodes=10 if walk else 100, runs=1_500, seed=3))
    error = result.outcome if walk else result.data["rmse"][:, -1]
    assert abs(error.mean() - published) <= 5 * error.std() / sqrt(1_500) + 0.0006
    assert walk or result.data["start_rmse"] == pytest.approx(0.235702, abs=1e-6)


BAD = [(TD, "policy", value) for value in ("unifrom", None, 3, [], [[0.5, 0.5], [1.0]], ["left"] * 7, [[[1.0]]])]
BAD += [(TD, "initial", inf), (MonteCarloPrediction, "initial", nan), (TD, "alpha", 0), (NStepTD, "alpha", "foo")]
BAD += [(TDLambda, "decay", decay) for decay in (1.5, -0.1, nan)] + [(TDLambda, "form", "foo")]
BAD += [(TDLambda, "alpha", "1/visits"), (BatchTD, "alpha", 0.5)] + [(NStepTD, "n", n) for n in (0, -1, 1.5)]


@pytest.mark.parametrize(("agent", "setting", "value"), BAD)
def test_a_bad_setting_of_a_prediction_is_named(agent, setting, value):
    message = refusal(partial(agent, **{setting: value}))
    assert message.startswith(f"{setting}={value}: ")
    assert "must be" in message


MODEL = first_table(0, blocked=True)[1]  # action 1 is not available in state 2
NO_POLICY = [[0] * 5, [[0.5, 0.5]] * 6, [[0.5, 0, 0.6]] * 6, [[1.5, 0, -0.5]] * 6, [3] * 6, [-1] * 6, [0.5] * 6]
REFUSED = [(partial(ModelEnv, MODEL, time_limit=9), policy, "needs another policy: policy=")
           for policy in (*NO_POLICY, [1] * 6, [[0.5, 0.5, 0]] * 6)]  # fmt: skip
ENDLESS = (RandomWalk, [0, 1, 1, 1, 0, 0, 0]), (CliffWalking, [3] * 48), (partial(CliffWalking, time_limit=9), [3] * 48)
REFUSED += [(env, policy, f"agent.policy={str(policy).replace(' ', '')}: never ends ") for env, policy in ENDLESS]


@pytest.mark.parametrize(("env", "policy", "why"), REFUSED)
def test_a_policy_that_does_not_fit_or_has_no_value_is_refused(env, policy, why):
    assert why in refusal(lambda: simulate(Cell(TD(policy=policy), env(), steps=9, runs=2)))


def test_a_goal_that_absorbs_has_the_value_0_also_without_a_discount():
    way = Model.from_entries(2, 1, [0, 1], [0, 0], [1, 1], [1, 1], [-1, 0], [False, False], start=0, discount=1.0)
    result = simulate(Cell(TD(0.5), ModelEnv(way, time_limit=9), steps=200, runs=2))
    assert result.data["true_value"][0] == -1
    np.testing.assert_allclose(result.data["rmse"][:, -1], 0, atol=1e-5)


@pytest.mark.parametrize("extent", [{"episodes": 12}, {"steps": 400}])
def test_the_error_is_measured_after_each_episode_of_a_run_or_at_recorded_steps(extent, monkeypatch):
    values, update = [[] for _ in range(7)], TD.update

    def watched(self, step):
        update(self, step)
        for run in np.flatnonzero(step.terminated | step.truncated | ("steps" in extent)):
            values[run].append(self.v[run].tolist())

    monkeypatch.setattr(TD, "update", watched)
    result = simulate(Cell(TD(0.3), RandomWalk(), runs=7, **extent))
    at = range(1, 13) if "episodes" in extent else range(2, 401, 2)
    assert result.data["rmse_at"].tolist() == list(at)
    error = [[sqrt(sum((v[i - 1][s] - s / 6) ** 2 for s in range(1, 6)) / 5) for i in at] for v in values]
    np.testing.assert_allclose(result.data["rmse"], error, rtol=1e-12)
    np.testing.assert_allclose(result.outcome, np.mean(error, axis=1), rtol=1e-12)


def test_the_error_leaves_out_states_that_the_policy_does_not_visit():
    """The policy goes up, along the cliff and down; elsewhere into the wall for ever.

    Each episode teaches the value of one more step.
    """
    policy, value = [0] * 24 + [1] * 11 + [2] + [0] * 12, np.full(48, nan)
    value[[36, *range(24, 36)]] = range(-13, 0)
    result = simulate(Cell(TD(1.0, policy=policy, initial=5.0), CliffWalking(), episodes=15, runs=3))
    np.testing.assert_allclose(result.data["true_value"], value, rtol=1e-12)
    at, curve = series(result, "rmse")
    assert at.tolist() == list(range(16))
    error = [sqrt(sum((5 - k + d) ** 2 for d in range(k + 1, 14)) / 13) for k in at]
    np.testing.assert_allclose(curve, [error] * 3, rtol=1e-12, atol=1e-12)


def test_the_smaller_error_is_better():
    walk = RandomWalk()
    one, other = compare([TD(0.1), TD(0.9)], walk, episodes=20, runs=50, progress=False).rows
    assert one.result.data["rmse"].mean() > other.result.data["rmse"].mean() + 0.1
    assert (one.metric, one.best, other.best, one.difference.estimate.mean > 0) == ("rmse", False, True, True)
    assert compare([TD(), "random"], walk, episodes=2, runs=2, progress=False).metrics == ["return", "rmse"]
    assert simulate(Cell(TD(), Registered("Blackjack-v1"), episodes=2, runs=2)).metrics == ["return"]


@pytest.mark.parametrize("agent", [TD, NStepTD, TDLambda, partial(TDLambda, form="forward"), EVERY, BatchTD])
def test_the_seed_decides_every_bit_of_the_errors(agent):
    cell = Cell(agent(), Garnet(states=20, time_limit=50), episodes=5, runs=7, seed=4)
    first, again, other = (simulate(one).data for one in (cell, replace(cell), replace(cell, seed=5)))
    assert {name: value.tobytes() for name, value in first.items()} == {n: v.tobytes() for n, v in again.items()}
    assert (first["rmse"] != other["rmse"]).any(axis=1).all()
    assert simulate(Cell(agent(), RandomWalk(), episodes=2, runs=1_003)).data["rmse"].shape == (1_003, 2)


def test_with_a_number_of_steps_errors_are_drawn_against_steps():
    comparison = compare("td", "random_walk", steps=300, runs=3, progress=False)
    x, y = series(comparison["td"], "rmse")
    [line] = (figure := comparison.plot("rmse")).axes[0].get_lines()
    pyplot.close(figure)
    np.testing.assert_array_equal(line.get_xdata(), x)
    np.testing.assert_allclose(line.get_ydata(), y.mean(axis=0))
