"""The exact targets of linear values, and the published examples that they decide."""

import numpy as np
import pytest

from rlnotes.agents.linear.base.exact_targets import ExactTargets
from rlnotes.agents.linear.base.expected_updates import emphatic_td, least_squares_dp, semi_gradient_td, tdc
from rlnotes.agents.linear.base.features import features_of
from rlnotes.base.errors import SettingError
from rlnotes.envs import Baird, BoyanChain, CliffWalking, Garnet, Model, RandomWalk, TwoStates

RNG = np.random.default_rng(0)


def garnet(size=4, off_policy=False):
    """Targets of random features on a random model with 12 states."""
    model = Garnet(states=12, actions=3, discount=0.9).model
    policy, behaviour = RNG.dirichlet([1.0] * 3, (2, 12))
    return ExactTargets(model, RNG.normal(size=(12, size)), policy, model.stationary(behaviour) if off_policy else None)


@pytest.mark.parametrize("off_policy", [False, True])
def test_each_target_makes_its_error_least(off_policy):
    t = garnet(off_policy=off_policy)
    best = {t.value_error: t.least_squares(), t.bellman_error: t.bellman_error_optimum()}
    for error, w in best.items():
        others = w + 1e-3 * RNG.normal(size=(50, 4))
        assert error(w) < error(others).min()
    assert t.projected_bellman_error(t.td_fixed_point()) < 1e-12
    assert t.projected_bellman_error(t.least_squares()) > 1e-3


def test_the_equations_are_those_of_dense_matrices():
    t = garnet()
    transition, reward = t.model.chain(t.policy)
    P, D, X, gamma = transition.toarray(), np.diag(t.model.stationary(t.policy)), t.features, 0.9
    for decay in (0.0, 0.6, 1.0):
        M = X.T @ D @ np.linalg.inv(np.eye(12) - gamma * decay * P)
        w = np.linalg.solve(M @ (np.eye(12) - gamma * P) @ X, M @ reward)
        np.testing.assert_allclose(t.td_fixed_point(decay), w, rtol=1e-9)
    np.testing.assert_allclose(t.td_fixed_point(1.0), t.least_squares(), rtol=1e-9)
    v = np.linalg.solve(np.eye(12) - gamma * P, reward)
    np.testing.assert_allclose(t.value_error(np.zeros(4)), np.sqrt(np.diag(D) @ v**2), rtol=1e-9)
    emphasis = np.linalg.solve(np.eye(12) - gamma * P.T, np.diag(D))
    np.testing.assert_allclose(t.emphasis()[:, 0], emphasis, rtol=1e-9)


def test_with_one_feature_per_state_every_target_is_the_value():
    model = Garnet(states=12, actions=3, discount=0.9).model
    policy = RNG.dirichlet([1.0] * 3, 12)
    t = ExactTargets(model, np.eye(12), policy)
    for w in (t.td_fixed_point(), t.td_fixed_point(0.5), t.least_squares(), t.bellman_error_optimum()):
        np.testing.assert_allclose(w, model.evaluate(policy), rtol=1e-8)


@pytest.mark.parametrize("target", ["td_fixed_point", "least_squares", "bellman_error_optimum"])
def test_boyans_weights_are_exact(target):
    example = BoyanChain().prediction
    t = ExactTargets(BoyanChain().model, example.features, example.policy)
    np.testing.assert_allclose(getattr(t, target)(), [-24, -16, -8, 0], atol=1e-9)
    np.testing.assert_allclose(BoyanChain().model.evaluate(example.policy), -2.0 * np.arange(13))


def test_the_td_fixed_point_of_the_walk_of_1000_states_is_worse_than_least_squares_but_within_its_bound():
    walk = RandomWalk(states=1_000, jump=100, left_reward=-1.0)
    features = features_of("aggregation:10", None, walk.single_observation_space)
    t = ExactTargets(walk.model, features.matrix, np.full((1002, 2), 0.5))
    td, best = t.value_error(t.td_fixed_point()), t.value_error(t.least_squares())
    assert best < td
    np.testing.assert_allclose(t.share.sum(), 1)
    np.testing.assert_allclose(t.value[499] + t.value[500], 0, atol=1e-9)  # antisymmetric
    finer = features_of("tiles:50x5", None, walk.single_observation_space)
    tiled = ExactTargets(walk.model, finer.matrix, np.full((1002, 2), 0.5))
    single = features_of("aggregation:5", None, walk.single_observation_space)
    grouped = ExactTargets(walk.model, single.matrix, np.full((1002, 2), 0.5))
    assert tiled.value_error(tiled.least_squares()) < grouped.value_error(grouped.least_squares()) / 2


def baird():
    """The targets of Baird's example, and its first weights."""
    example, model = Baird().prediction, Baird().model
    return ExactTargets(model, example.features, example.policy, model.stationary(example.behaviour)), example.weights


def test_baird_visits_all_states_equally_often_and_has_no_value():
    t, w = baird()
    np.testing.assert_allclose(t.share, 1 / 7)
    assert (t.value == 0).all()
    np.testing.assert_allclose(t.value_error(w), np.sqrt((6 * 3**2 + 12**2) / 7))  # values 3, 3, 3, 3, 3, 3, 12


def test_on_bairds_example_semi_gradient_td_and_dynamic_programming_grow_without_bound():
    t, w = baird()
    sizes = []
    for _ in range(5_000):
        w = semi_gradient_td(t, w, 0.01)
        sizes.append(np.abs(w).max())
    assert sizes[999] > 100
    assert sizes[1999] > 10 * sizes[999]
    growth = np.divide(sizes[4001:], sizes[4000:-1])
    assert growth.min() > 1  # at the end each sweep multiplies them by the same number above 1
    np.testing.assert_allclose(growth, growth[0], rtol=1e-6)


def test_on_bairds_example_tdc_finds_no_projected_bellman_error_but_the_wrong_values():
    t, w = baird()
    v = np.zeros(8)
    for _ in range(1_000):
        w, v = tdc(t, w, v, 0.005, 0.05)
    assert t.projected_bellman_error(w) < 0.01
    assert 1.8 < t.value_error(w) < 2.2


def test_on_bairds_example_emphatic_td_finds_the_values_in_expectation():
    t, w = baird()
    for _ in range(1_000):
        w = emphatic_td(t, w, 0.03)
    assert t.value_error(w) < 1e-9


@pytest.mark.parametrize("epsilon", [0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("beyond", [-1e-3, 1e-3])
def test_two_states_diverge_exactly_beyond_their_discount(epsilon, beyond):
    """w ← (6 − 4 ε) γ w / 5."""
    discount = 5 / (6 - 4 * epsilon) + beyond
    env = TwoStates(epsilon=epsilon, discount=discount)
    t, w = ExactTargets(env.model, env.prediction.features, np.ones((2, 1)), np.full(2, 0.5)), np.ones(1)
    np.testing.assert_allclose(least_squares_dp(t, w), (6 - 4 * epsilon) / 5 * discount)
    for _ in range(20_000):
        w = least_squares_dp(t, w)
    assert abs(w[0]) > 1e6 if beyond > 0 else abs(w[0]) < 1e-6


def test_targets_without_a_value_are_refused():
    with pytest.raises(SettingError, match="policy=given: never ends from some states"):
        ExactTargets(CliffWalking().model, np.eye(48), np.eye(4)[np.full(48, 3)], np.full(48, 1 / 48)).least_squares()
    model = Model.from_function([0, 1], [0], lambda *_: [(1, 1, 1, False)], start=0, discount=0.5)
    with pytest.raises(SettingError, match="share=given: must be above 0 in every state that the policy reaches"):
        ExactTargets(model, np.eye(2), np.ones((2, 1)), np.array([1.0, 0.0])).td_fixed_point()
