"""The model of a finite Markov decision process [notes 2.1]."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from reference.mdps import chain_of, q_of
from scipy.sparse import coo_array, csr_matrix
from support.mdps import ToyText, assert_same_model, equiprobable, model_of_table, random_policy, random_table
from support.planning import toy

from rlnotes.agents import PolicyIteration
from rlnotes.base.errors import SettingError
from rlnotes.envs import Garnet, Gridworld4x4, Model, RandomWalk, from_gymnasium
from rlnotes.envs.mdps.base import linear_equations


def test_all_ways_to_build_a_model_agree():
    rng = np.random.default_rng(0)
    states, actions = 5, 3
    available = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 1], [0, 1, 0], [1, 1, 0]], bool)
    transition = rng.dirichlet(np.ones(states), (states, actions)) * available[:, :, None]
    transition[:, :, 1] = 0
    transition /= np.where(available, transition.sum(axis=2), 1)[:, :, None]
    reward = rng.standard_normal(transition.shape)
    start = np.array([0.25, 0.75, 0, 0, 0])
    rest = {"start": start, "discount": 0.5}
    model = Model.from_arrays(transition, reward, terminal=[4], **rest)
    assert (model.states, model.actions) == (states, actions)
    np.testing.assert_array_equal(model.available, available)

    def outcomes(s, a):
        return [(transition[s, a, to], to, reward[s, a, to], to == 4) for to in range(states) if available[s, a]]

    assert_same_model(Model.from_function(range(states), range(actions), outcomes, **rest), model)
    letters = {letter: s for s, letter in enumerate("abcde")}

    def lettered(s, a):
        return [(p, "abcde"[to], r, end) for p, to, r, end in outcomes(letters[s], a)]

    assert_same_model(Model.from_function("abcde", range(actions), lettered, **rest), model)

    columns = [(s, a, to, p, r, end) for s in range(states) for a in range(actions) for p, to, r, end in outcomes(s, a)]
    rng.shuffle(columns)
    entries = [np.array(column) for column in zip(*columns, strict=True)]
    entries[:3] = [column.astype(int) for column in entries[:3]]
    assert_same_model(Model.from_entries(states, actions, *entries, **rest), model)

    order = np.lexsort((entries[1], entries[0]))
    offsets = np.searchsorted((entries[0] * actions + entries[1])[order], np.arange(states * actions + 1))
    assert_same_model(Model(offsets, *[column[order] for column in entries[2:]], **rest), model)

    table = {s: {a: outcomes(s, a) for a in range(actions) if available[s, a]} for s in range(states)}
    assert_same_model(from_gymnasium(ToyText(table, start, actions), discount=0.5), model)


def test_a_reward_of_a_pair_is_the_reward_of_all_its_entries():
    rng = np.random.default_rng(0)
    transition, reward = rng.dirichlet(np.ones(4), (4, 2)), rng.standard_normal((4, 2))
    model = Model.from_arrays(transition, reward, start=0, discount=0.9)
    assert_same_model(
        model, Model.from_arrays(transition, np.repeat(reward[:, :, None], 4, axis=2), start=0, discount=0.9)
    )
    np.testing.assert_allclose(model.expected_reward, reward)


def test_the_start_is_a_state_or_a_probability_for_each_state():
    assert Model.from_arrays(np.eye(3)[:, None], np.zeros((3, 1)), start=2, discount=1).start.tolist() == [0, 0, 1]
    model = Model.from_function("ab", [0], lambda s, a: [(1, s, 0, True)], start="b", discount=1)
    assert model.start.tolist() == [0, 1]


def test_equal_entries_are_merged_and_impossible_ones_dropped():
    following = [2, 1, 2, 2, 1, 0, 2]
    probability = [0.1, 0.2, 0.1, 0.3, 0.05, 0.0, 0.25]
    reward = [1.0, 0.0, 1.0, 5.0, 0.0, 9.0, 1.0]
    terminated = [False, False, False, False, False, False, True]
    model = Model.from_function(
        range(3),
        [0],
        lambda s, a: zip(probability, following, reward, terminated, strict=True) if s == 0 else [(1, s, 0, True)],
        start=0,
        discount=1,
    )
    assert model.offsets.tolist() == [0, 4, 5, 6]
    assert list(zip(model.next_state, model.terminated, model.reward, strict=True))[:4] == [
        (1, False, 0),
        (2, False, 1),
        (2, False, 5),
        (2, True, 1),
    ]
    np.testing.assert_allclose(model.probability, [0.25, 0.2, 0.3, 0.25, 1, 1])


def test_the_given_arrays_are_copied_and_those_of_the_model_are_read_only():
    given = {
        "offsets": np.array([0, 3]),
        "next_state": np.array([0, 0, 0], np.int32),
        "probability": np.array([0.5, 0.0, 0.5]),
        "reward": np.array([2.0, 1.0, 2.0]),
        "terminated": np.array([True, False, True]),
        "start": np.array([1.0]),
    }
    before = deepcopy(given)
    model = Model(**given, discount=1)
    for name, array in given.items():
        np.testing.assert_array_equal(array, before[name])
        assert not np.shares_memory(array, getattr(model, name))
        with pytest.raises(ValueError, match="read-only"):
            getattr(model, name)[:] = 0


def test_probabilities_of_a_row_are_scaled_to_one():
    model = Model.from_arrays(np.full((3, 1, 3), (1 + 1e-10) / 3), np.zeros((3, 1)), start=0, discount=1)
    np.testing.assert_allclose(model.probability, 1 / 3, rtol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_operators_agree_with_loops_over_the_outcomes(seed):
    """[notes 2.3, 2.4]"""
    rng = np.random.default_rng(seed)
    table = random_table(rng)
    model = model_of_table(table)
    for value in (np.zeros(7), rng.standard_normal(7), rng.integers(0, 9, 7)):
        q = q_of(table, value, 0.9)
        np.testing.assert_allclose(model.q(value), q, atol=1e-14)
        np.testing.assert_allclose(model.backup(value), q.max(axis=1), atol=1e-14)
        np.testing.assert_array_equal(model.greedy(value), q.argmax(axis=1))
    np.testing.assert_allclose(model.expected_reward, q_of(table, np.zeros(7), 0), atol=1e-14)
    deterministic = [int(rng.choice(np.flatnonzero(row))) for row in model.available]
    stochastic = random_policy(rng, model.available)
    for policy, probability in ((deterministic, np.eye(4)[deterministic]), (stochastic, stochastic)):
        transition, reward = chain_of(table, probability)
        ours, our_reward = model.chain(policy)
        np.testing.assert_allclose(ours.toarray(), transition, atol=1e-14)
        np.testing.assert_allclose(our_reward, reward, atol=1e-14)
        value = np.linalg.solve(np.eye(7) - 0.9 * transition, reward)
        np.testing.assert_allclose(model.evaluate(policy), value, atol=1e-12)
        np.testing.assert_allclose((probability * np.where(model.available, model.q(value), 0)).sum(axis=1), value)


def test_greedy_breaks_a_tie_in_favour_of_the_given_policy():
    reward = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    model = Model.from_arrays(np.full((3, 3, 3), 1 / 3), reward, start=0, discount=0.9)
    assert model.greedy(np.zeros(3)).tolist() == [0, 1, 0]
    given = np.array([1, 2, 2])
    assert model.greedy(np.zeros(3), given).tolist() == [1, 2, 2]
    assert model.greedy(np.zeros(3), [2, 0, 1]).tolist() == [0, 1, 1]
    assert given.tolist() == [1, 2, 2]


def test_a_large_model_is_evaluated_to_rounding_without_a_factorisation(monkeypatch):
    monkeypatch.delattr(linear_equations, "spsolve")
    model = Garnet(states=2_000, discount=0.99).model
    policy = random_policy(np.random.default_rng(0), model.available)
    value = model.evaluate(policy)
    transition, reward = model.chain(policy)
    assert np.abs(reward + 0.99 * (transition @ value) - value).max() < 1e-14 * np.abs(value).max()
    np.testing.assert_allclose(value, np.linalg.solve(np.eye(2_000) - 0.99 * transition.toarray(), reward), rtol=1e-10)


def test_if_the_iteration_does_not_converge_the_matrix_is_factorised(monkeypatch):
    factorised = []
    spsolve = linear_equations.spsolve
    monkeypatch.setattr(linear_equations, "spsolve", lambda *equations: factorised.append(1) or spsolve(*equations))
    model = RandomWalk(states=5_000).model
    value = model.evaluate(equiprobable(model))
    np.testing.assert_allclose(value[1:-1], np.arange(1, 5_001) / 5_001, atol=1e-9)
    assert factorised


@pytest.mark.parametrize("operator", ["q", "backup", "greedy"])
@pytest.mark.parametrize("states", [2, 8])
def test_a_value_of_the_wrong_length_is_refused(operator, states):
    with pytest.raises(ValueError, match="value"):
        getattr(RandomWalk().model, operator)(np.zeros(states))


@pytest.mark.parametrize("seed", range(5))
def test_the_stationary_distribution_is_that_of_the_chain_of_successive_episodes(seed):
    rng = np.random.default_rng(seed)
    model = model_of_table(random_table(rng))
    policy = np.where(model.available, rng.random(model.available.shape), 0)
    policy /= policy.sum(axis=1, keepdims=True)
    transition = model.chain(policy)[0].toarray()
    transition += np.outer(1 - transition.sum(axis=1), model.start)
    share = model.stationary(policy)
    np.testing.assert_allclose(share @ transition, share, atol=1e-13)
    assert share.sum() == pytest.approx(1)
    assert (share >= 0).all()


def test_rounding_of_a_policy_is_accepted_and_ends_nothing():
    model = toy([(0, 1, False), (0, 1, False)])
    assert model.evaluate(np.array([[0.3333333, 0.6666666]]))[0] == np.inf


def test_rounding_of_probabilities_is_accepted():
    thirds = np.full((3, 1, 3), np.float32(1 / 3))
    below = np.array([[[0.9, 0.1, 1 - 0.9 - 0.1]]] * 3)
    for given in (thirds, below):
        model = Model.from_arrays(given, np.zeros((3, 1)), start=0, discount=1.0)
        np.testing.assert_allclose(np.add.reduceat(model.probability, model.offsets[:-1]), 1, rtol=0, atol=1e-15)
        assert (model.probability > 0).all()


@pytest.mark.parametrize("matrix", [csr_matrix, coo_array])
def test_a_model_of_sparse_matrices_is_that_of_the_arrays(matrix):
    rng = np.random.default_rng(0)
    states, actions = 6, 3
    transition = rng.dirichlet(np.ones(states), (states, actions)) * (rng.random((states, actions, states)) < 0.6)
    transition[:, :, 0] += transition.sum(axis=2) == 0
    transition /= transition.sum(axis=2, keepdims=True)
    transition[5] = 0
    of_actions = [matrix(csr_matrix(transition[:, action, ::-1])[:, ::-1]) for action in range(actions)]
    unavailable = np.where(np.eye(states, actions, 1), -np.inf, rng.standard_normal((states, actions)))
    full = rng.standard_normal(transition.shape)
    for reward in (
        *(rng.standard_normal(states), unavailable, full),
        [matrix(full[:, action]) for action in range(actions)],
        [matrix(full[:, 0]), *(full[:, action] for action in range(1, actions))],
    ):
        rest = {"terminal": [5], "start": 0, "discount": 0.9}
        ours = Model.from_arrays(of_actions, reward, **rest)
        assert_same_model(ours, Model.from_arrays(transition, full if isinstance(reward, list) else reward, **rest))
        np.testing.assert_array_equal(ours.available[:2].sum(axis=1), [2, 2] if reward is unavailable else [3, 3])


def test_states_and_actions_may_be_generators():
    model = Model.from_function(
        (name for name in "ab"),
        iter([0]),
        lambda s, a: ((1.0, s, 1.0, True) for _ in range(1)),
        start="b",
        discount=1.0,
    )
    assert (model.states, model.actions, model.start.tolist()) == (2, 1, [0, 1])


def test_names_of_states_and_actions_stay_with_the_model():
    def weather(day, action):
        return [] if (day, action) == ("rain", "walk") else [(1, "rain", -1 - (action == "drive"), False)]

    model = Model.from_function(["sun", "rain"], ["walk", "drive"], weather, start="sun", discount=1.0)
    assert model.named(np.array([0, 1])) == {"sun": "walk", "rain": "drive"}
    assert Garnet(states=2, actions=2, branching=1).model.named(np.array([0, 1])) == {0: 0, 1: 1}
    for fault, make in (
        ("no policy is sure to end from state sun", lambda: PolicyIteration().plan(model)),
        (
            "is the sum of state a, action drive, and must be 1",
            lambda: Model.from_function("a", ["drive"], lambda s, a: [(0.5, s, 0, True)], start="a", discount=1),
        ),
        (
            "state=rain: has no action",
            lambda: Model.from_function(["rain"], [0], lambda s, a: [], start="rain", discount=1),
        ),
    ):
        with pytest.raises(SettingError, match=fault):
            make()


def test_a_stationary_distribution_is_that_of_the_set_to_which_the_start_leads_and_needs_a_single_one():
    stay = Model.from_arrays(np.eye(3)[:, None, :], np.zeros((3, 1)), start=1, discount=0.9)
    np.testing.assert_array_equal(stay.stationary(np.zeros(3, int)), [0, 1, 0])
    with pytest.raises(SettingError, match="more than one stationary distribution"):
        replace(stay, start=[0.5, 0.5, 0]).stationary(np.zeros(3, int))


def test_without_a_discount_a_policy_that_never_ends_has_infinite_values_there_alone():
    value = Gridworld4x4().model.evaluate(np.zeros(16, int))  # up
    expected = np.full(16, -np.inf)
    expected[[0, 4, 8, 12, 15]] = 0, -1, -2, -3, 0
    np.testing.assert_array_equal(value, expected)
    cases = [
        ([(1, 2, False)], [(1, 0, False)], [(2, 0, False)], [2, 0, 0]),
        ([(0, 0, True)], [(2, 3, False)], [(1, -1, False)], [0, np.inf, np.inf]),
        ([(1, 1, False)], [(2, 1, False)], [(1, -1, False)], [np.nan] * 3),
        ([[(0.5, 1, 1, False), (0.5, 2, 1, False)]], [(1, 1, False)], [(2, -1, False)], [np.nan, np.inf, -np.inf]),
        ([[(0.5, 0, 1, True), (0.5, 2, 1, False)]], [(0, 7, False)], [(2, 0, False)], [1, 8, 0]),
        (
            [[(0.4, 0, 9, False), (0.6, 0, -6, False)]],
            [(0, 7, False)],
            [(1, 1, False)],
            [0, 7, 8],
        ),  # .4 · 9 − .6 · 6 > 0
    ]
    for *states, expected in cases:
        np.testing.assert_array_equal(toy(*states).evaluate(np.zeros(3, int)), expected)
    endless = Garnet(states=600, discount=1.0).model.evaluate(np.zeros(600, int))
    assert np.isinf(endless[0])
    assert (endless == endless[0]).all()


def test_the_rows_of_a_terminal_state_may_be_zero():
    transition = np.array([[[0.5, 0.5]], [[0.0, 0.0]]])
    model = Model.from_arrays(transition, np.ones((2, 1)), terminal=[1], start=0, discount=1.0)
    np.testing.assert_allclose(model.evaluate(np.zeros(2, int)), [2.0, 0.0])
    assert not transition[1].any()
