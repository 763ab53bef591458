"""Linear agents come where theory and the book say, on the examples of the book."""

import re

import numpy as np
import pytest
from support.tabular import refusal

from rlnotes import agents, compare
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.linear.base.exact_targets import ExactTargets
from rlnotes.agents.linear.base.features import features_of
from rlnotes.envs import Baird, BoyanChain, CliffWalking, MountainCar, RandomWalk, TwoStates
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

WALK = RandomWalk(states=1_000, jump=100, left_reward=-1.0)
RANGES = [[-1.2, 0.5], [-0.07, 0.07]]


def targets(features):
    """The exact targets of features on the walk of 1,000 states."""
    matrix = features_of(features, None, WALK.single_observation_space).matrix
    return ExactTargets(WALK.model, matrix, np.full((1002, 2), 0.5))


def weights(agent, env, runs=100, **extent):
    """The learnt weights [runs, size]."""
    return simulate(Cell(agent, env, runs=runs, **extent)).data["weights"]


def require_mean(sample, expected, bias=0.0):
    """Require that means of runs [runs, size] are within 5 standard errors, and the bias of a step size, of numbers."""
    error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
    assert (np.abs(sample.mean(axis=0) - expected) <= 5 * error + bias).all()


@pytest.mark.parametrize("decay", [0.0, 0.8])
def test_lstd_learns_boyans_weights(decay):
    """5 standard errors in each of 4 weights: false alarms below 1e-5."""
    found = weights(agents.LSTD(decay=decay, epsilon=1e-6), BoyanChain(), episodes=300)
    require_mean(found, [-24, -16, -8, 0], bias=0.02)  # the bias of a ratio of sums falls as 1/episodes
    assert found.std(axis=0).max() < 1


@pytest.mark.slow
@pytest.mark.parametrize("decay", [0.0, 0.6])
def test_lstd_of_a_long_walk_is_at_the_td_fixed_point(decay):
    """The mean of LSTD's weights; 10 weights, false alarms below 1e-5."""
    found = weights(agents.LSTD(features="aggregation:10", decay=decay), WALK, 200, steps=20_000)
    require_mean(found, targets("aggregation:10").td_fixed_point(decay), bias=0.01)


@pytest.mark.slow
def test_semi_gradient_td_ends_within_its_standard_error_of_the_fixed_point():
    """α falls, so that its bias is small; 10 weights, false alarms below 1e-5."""
    agent = agents.SemiGradientTD(features="aggregation:10", alpha="exponential:0.1:0.0005:100%")
    found = weights(agent, WALK, 50, steps=300_000)
    require_mean(found, targets("aggregation:10").td_fixed_point())
    assert found.std(axis=0).max() < 0.05


@pytest.mark.slow
def test_monte_carlo_ends_nearer_to_the_values_than_td_as_in_figure_9_2():
    exact = targets("aggregation:10")
    td = weights(agents.SemiGradientTD(features="aggregation:10", alpha=0.02), WALK, 50, steps=40_000)
    monte_carlo = weights(agents.GradientMonteCarlo(features="aggregation:10", alpha=0.002), WALK, 50, steps=40_000)
    error = exact.value_error(np.array([td.mean(axis=0), monte_carlo.mean(axis=0)]))
    best = exact.value_error(exact.td_fixed_point()), exact.value_error(exact.least_squares())
    assert error[1] < (best[0] + best[1]) / 2 < error[0]


@pytest.mark.slow
def test_fifty_tilings_beat_one_as_in_figure_9_10():
    errors = {}
    for features, alpha in (("tiles:50x5", 0.0005 / 50), ("tiles:1x5", 0.0005)):
        agent = agents.GradientMonteCarlo(features=features, alpha=alpha)
        errors[features] = targets(features).value_error(weights(agent, WALK, 20, steps=60_000))
    assert (errors["tiles:50x5"] < errors["tiles:1x5"]).all()  # run by run, on the same walks


@pytest.mark.slow
def test_sarsa_drives_the_mountain_car_as_in_figure_10_2():
    """With the book's tiles and α = 0.5 / 8, an episode of the last hundred takes at most 130 steps on average."""
    agent = agents.LinearSARSA(features="tiles:8x8x8", ranges=RANGES, alpha=0.5 / 8, epsilon=0.0)
    lengths = simulate(Cell(agent, MountainCar(time_limit=5_000), episodes=500, runs=100)).data["lengths"]
    assert lengths[:, 400:].mean() < 130
    assert lengths[:, 0].mean() > 500


@pytest.mark.parametrize(
    "agent",
    [
        agents.LinearNStepSARSA(ranges=RANGES, alpha=0.3 / 8, n=8),
        agents.LinearExpectedSARSA(ranges=RANGES, alpha=0.5 / 8),
        agents.LinearQLearning(ranges=RANGES, alpha=0.5 / 8),
        *(agents.LinearSARSALambda(ranges=RANGES, alpha=0.3 / 8, traces=kind) for kind in ("replacing", "true_online")),
    ],
)
def test_every_control_agent_drives_out_of_the_valley(agent):
    agent.epsilon = 0.0
    lengths = simulate(Cell(agent, MountainCar(time_limit=5_000), episodes=60, runs=10)).data["lengths"]
    assert lengths[:, 50:].mean() < 250 < lengths[:, 0].mean()


def test_linear_agents_are_compared_with_tables_by_the_same_exact_values():
    comparison = compare(
        [agents.SARSA(0.5), agents.LinearSARSA(alpha=0.5)], CliffWalking(), episodes=50, runs=5, progress=False
    )
    table, line = (row.result.data for row in comparison.rows)
    np.testing.assert_allclose(table["greedy_value"], line["greedy_value"])  # one feature per state, the same luck
    errors = compare(["td", "semi_gradient_td"], WALK, episodes=3, runs=2, progress=False)
    assert errors.metrics == ["rmse"] * 2 or errors.metrics == ["rmse"]
    data = simulate(Cell(agents.SemiGradientTD(), Baird(), steps=10, runs=2)).data
    np.testing.assert_allclose(data["start_rmse"], np.sqrt((6 * 3**2 + 12**2) / 7))


def test_off_policy_td_diverges_on_bairds_example_and_gradient_methods_do_not():
    largest = {}
    for agent in (agents.OffPolicyTD(alpha=0.01), agents.TDC(alpha=0.005), agents.GTD2(alpha=0.005)):
        largest[type(agent).__name__] = np.abs(weights(agent, Baird(), steps=1_000)).max(axis=1)
    assert largest["OffPolicyTD"].min() > 20
    assert largest["TDC"].max() < 15
    assert largest["GTD2"].max() < 15


def test_the_first_values_of_many_states_need_no_matrix():
    env = RandomWalk(states=100_000)  # a matrix would take 80 GB
    found = agents.SemiGradientTD(features="one_hot").first_value(Problem.of(env, env.batch(1), 100))
    assert found.shape == (100_002,)
    problem = Problem.of(Baird(), Baird().batch(1), 100)
    expected = problem.prediction.features @ problem.prediction.weights
    np.testing.assert_allclose(agents.TDC().first_value(problem), expected, rtol=1e-15)


def test_a_singular_matrix_stops_the_run_in_one_line():
    agent = agents.LSTD(epsilon=1e-300)
    message = refusal(lambda: simulate(Cell(agent, RandomWalk(), steps=200, runs=3)))
    assert re.fullmatch(r"agent.epsilon=1e-300: the matrix A is singular after \d+ steps; try a larger one", message)


def test_weights_that_are_not_finite_stop_the_run_in_one_line():
    message = refusal(lambda: simulate(Cell(agents.OffPolicyTD(alpha=1.0), Baird(), steps=20_000, runs=3)))
    assert message.startswith("agent.alpha=1.0: the weights diverge (run ")
    assert ", step size 1); try a smaller one" in message
    sarsa = agents.LinearSARSA(features="fourier:3", alpha=1.0)
    message = refusal(lambda: simulate(Cell(sarsa, MountainCar(), steps=5_000, runs=3)))
    assert message.startswith("agent.alpha=1.0: the weights diverge (run ")


def test_a_behaviour_that_never_plays_an_action_of_the_policy_is_refused():
    with pytest.raises(ProblemError, match="behaviour: action 1 of the policy has probability 0 in state 0"):
        agents.TDC(behaviour=[0] * 7).check(Problem.of(Baird(), Baird().batch(1), 9))
    with pytest.raises(ProblemError, match="needs another behaviour: policy="):
        agents.TDC(behaviour=[0] * 3).check(Problem.of(Baird(), Baird().batch(1), 9))
    assert refusal(lambda: agents.TDC(behaviour="foo")).startswith("behaviour=foo: must be uniform")


def test_emphatic_td_and_the_residual_gradient_run_on_the_examples():
    for agent in (agents.EmphaticTD(alpha=1e-4), agents.ResidualGradient(alpha=0.01)):
        assert np.isfinite(weights(agent, Baird(), runs=5, steps=500)).all()
        assert np.isfinite(weights(agent, TwoStates(), runs=5, episodes=20)).all()
