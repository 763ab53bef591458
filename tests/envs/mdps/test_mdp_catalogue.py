"""The models of the finite MDPs in the catalogue agree with their sources."""

from itertools import product

import numpy as np
import pytest
from reference.mdps import optimal_value, shortest_path
from scipy import stats
from support.mdps import assert_same_model, entries_of, equiprobable

from rlnotes.envs import (
    Catch,
    Chain,
    CliffWalking,
    DeepSea,
    DynaMaze,
    Forest,
    GamblersProblem,
    Garnet,
    Gridworld,
    Gridworld4x4,
    Gridworld5x5,
    JacksCarRental,
    MaximizationBias,
    Model,
    RandomWalk,
    RiverSwim,
    WindyGridworld,
)


def test_sutton_barto_example_3_5():
    model = Gridworld5x5().model
    value = model.evaluate(equiprobable(model))
    np.testing.assert_allclose(value[:5], [3.308996, 8.789292, 4.427619, 5.322368, 1.492179], atol=5e-7)


def test_sutton_barto_example_4_1():
    model = Gridworld4x4().model
    published = [[0, -14, -20, -22], [-14, -18, -20, -20], [-20, -20, -18, -14], [-22, -20, -14, 0]]
    np.testing.assert_allclose(model.evaluate(equiprobable(model)), np.ravel(published), atol=1e-12)


def test_the_random_walks_have_their_closed_forms():
    model = RandomWalk().model
    np.testing.assert_allclose(model.evaluate(equiprobable(model))[1:-1], np.arange(1, 6) / 6)
    model = RandomWalk(states=19, left_reward=-1).model
    np.testing.assert_allclose(model.evaluate(equiprobable(model))[1:-1], (np.arange(1, 20) - 10) / 10, atol=1e-14)


@pytest.mark.parametrize(("states", "jump"), [(6, 4), (3, 9), (10, 1), (5, 6)])
def test_every_size_of_a_jump_is_equally_likely_and_those_beyond_an_end_reach_it(states, jump):
    model = RandomWalk(states=states, jump=jump, left_reward=-2.0).model
    assert model.start.argmax() == (states + 1) // 2
    for state in range(1, states + 1):
        for action, direction in enumerate((-1, 1)):
            chances = {}
            for size in range(1, jump + 1):
                to = min(max(state + direction * size, 0), states + 1)
                chances[to] = chances.get(to, 0) + 1 / jump
            found = entries_of(model, state, action)
            assert {to for _, to, *_ in found} == set(chances)
            for probability, to, reward, terminated in found:
                assert probability == pytest.approx(chances[to])
                assert reward == {0: -2, states + 1: 1}.get(to, 0)
                assert terminated == (to in (0, states + 1))


@pytest.mark.parametrize(
    ("env", "published"),
    [
        (Forest, {0: 74.6496, 1: 78.1056, 2: 82.1056}),
        (JacksCarRental, {0: 421.414063, 10 * 21 + 10: 574.948324}),
        (Gridworld5x5, {1: 24.419428}),
        (GamblersProblem, {25: 0.16, 50: 0.4, 51: 0.403098, 75: 0.64}),
        (CliffWalking, {36: -13}),
        (DynaMaze, {15: 0.95**13}),
        (WindyGridworld, {30: -15}),
        (MaximizationBias, {0: 0.0, 1: -0.1}),
        (DeepSea, {0: 0.99}),
        (Catch, {2: 1.0, 22: 1.0, 224 - 10: -1.0, 224: 1.0}),
    ],
)
def test_optimal_values_are_the_published_ones(env, published):
    value = optimal_value(env().model)
    np.testing.assert_allclose(value[list(published)], list(published.values()), rtol=2e-6, atol=1e-12)


@pytest.mark.parametrize("mixed", [None, 0, 1])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_deep_sea_is_hard_for_random_actions(size, mixed):
    """One in 2^size dives ends at the treasure, half of all steps cost 0.01 / size, and only one path pays."""
    model = DeepSea(size=size, mixed=mixed).model
    assert model.evaluate(equiprobable(model))[0] == pytest.approx(2.0**-size - 0.005)
    assert optimal_value(model)[0] == pytest.approx(0.99)
    if size == 2:  # three cells, one of them not on the path
        paths = [model.evaluate(np.array(policy, int))[0] for policy in product((0, 1), repeat=3)]
        assert sorted(paths) == pytest.approx([-0.01 + 0.005, -0.005, -0.005, -0.005, 0, 0, 0.99, 0.99])


def test_a_paddle_below_the_ball_catches_it():
    model = Catch(rows=3, columns=3).model
    assert model.start.tolist() == [0, 1 / 3, 0] * 3 + [0] * 9
    first, second = 1, 9  # the ball on the left, the paddle in the middle; a row lower, the paddle on the left
    assert entries_of(model, first, 0) == [(1.0, second, 0.0, False)]
    assert entries_of(model, second, 0) == entries_of(model, second, 1) == [(1.0, second, 1.0, True)]
    assert entries_of(model, second, 2) == [(1.0, second, -1.0, True)]


def test_a_gridworld_is_the_model_of_its_rules_as_a_function():
    lines = ["S.#", "#HS", "G.."]
    cells = [(row, column) for row in range(3) for column in range(3) if lines[row][column] != "#"]
    directions = [(-1, 0), (0, 1), (1, 0), (0, -1)]

    def outcomes(cell, direction):
        if lines[cell[0]][cell[1]] in "GH":
            return [(1.0, cell, 0.0, True)]
        down, right = direction
        sides = [(right, down), (-right, -down)]
        following = []
        for p, (down, right) in zip((0.7, 0.15, 0.15), [direction, *sides], strict=True):
            to = (cell[0] + down, cell[1] + right)
            to = to if to in cells else cell
            letter = lines[to[0]][to[1]]
            following.append((p, to, {"G": 5.0, "H": -3.0}.get(letter, -0.5), letter in "GH"))
        return following

    start = [lines[row][column] == "S" for row, column in cells]
    expected = Model.from_function(cells, directions, outcomes, start=np.array(start) / 2, discount=0.99)
    rewards = {"step_reward": -0.5, "goal_reward": 5.0, "hole_reward": -3.0}
    assert_same_model(Gridworld(map=lines, slip=0.3, **rewards).model, expected)


@pytest.mark.parametrize(
    ("env", "settings", "pair", "expected"),
    [
        (Chain, {}, (2, 1), [(0.2, 0, 2.0, False), (0.8, 3, 0.0, False)]),
        (Chain, {}, (2, 0), [(0.8, 0, 2.0, False), (0.2, 3, 0.0, False)]),
        (Chain, {}, (4, 1), [(0.2, 0, 2.0, False), (0.8, 4, 10.0, False)]),
        (Forest, {}, (0, 0), [(0.1, 0, 0.0, False), (0.9, 1, 0.0, False)]),
        (Forest, {}, (2, 0), [(0.1, 0, 4.0, False), (0.9, 2, 4.0, False)]),
        (Forest, {}, (0, 1), [(1.0, 0, 0.0, False)]),
        (Forest, {}, (1, 1), [(1.0, 0, 1.0, False)]),
        (Forest, {}, (2, 1), [(1.0, 0, 2.0, False)]),
        (RiverSwim, {}, (0, 0), [(1.0, 0, 0.005, False)]),
        (RiverSwim, {}, (3, 0), [(1.0, 2, 0.0, False)]),
        (RiverSwim, {}, (0, 1), [(0.4, 0, 0.0, False), (0.6, 1, 0.0, False)]),
        (RiverSwim, {}, (3, 1), [(0.05, 2, 0.0, False), (0.6, 3, 0.0, False), (0.35, 4, 0.0, False)]),
        (RiverSwim, {}, (5, 1), [(0.4, 4, 1.0, False), (0.6, 5, 1.0, False)]),
        (WindyGridworld, {}, (33, 1), [(1.0, 24, -1.0, False)]),
        (WindyGridworld, {}, (38, 2), [(1.0, 38, -1.0, False)]),
        (
            WindyGridworld,
            {"stochastic_wind": True},
            (33, 1),
            [(1 / 3, 14, -1.0, False), (1 / 3, 24, -1.0, False), (1 / 3, 34, -1.0, False)],
        ),
        (WindyGridworld, {"stochastic_wind": True}, (30, 1), [(1.0, 31, -1.0, False)]),
        (WindyGridworld, {"kings_moves": True}, (38, 6), [(1.0, 37, -1.0, True)]),
        (GamblersProblem, {"goal": 10}, (7, 2), [(0.6, 4, 0.0, False), (0.4, 10, 1.0, True)]),
        (GamblersProblem, {"goal": 10}, (7, 3), []),
        (MaximizationBias, {}, (0, 0), [(1.0, 1, 0.0, False)]),
        (MaximizationBias, {}, (0, 1), [(1.0, 2, 0.0, True)]),
        (MaximizationBias, {}, (0, 2), []),
    ],
)
def test_the_entries_are_those_of_the_source(env, settings, pair, expected):
    entries = entries_of(env(**settings).model, *pair)
    assert [entry[1:] for entry in entries] == [entry[1:] for entry in expected]
    np.testing.assert_allclose([entry[0] for entry in entries], [entry[0] for entry in expected])


@pytest.mark.parametrize("branching", [1, 3, 10, 12])
def test_a_garnet_has_the_given_number_of_next_states(branching):
    model = Garnet(states=12, actions=3, branching=branching, seed=4).model
    assert np.diff(model.offsets).tolist() == [branching] * 36
    next_states = model.next_state.reshape(36, branching)
    assert (np.diff(next_states, axis=1) > 0).all()
    assert (np.ptp(model.reward.reshape(36, branching), axis=1) == 0).all()
    assert_same_model(model, Garnet(states=12, actions=3, branching=branching, seed=4).model)
    other = Garnet(states=12, actions=3, branching=branching, seed=5).model
    assert (model.reward != other.reward).all()


@pytest.mark.parametrize(
    ("env", "settings", "steps"),
    [
        (WindyGridworld, {}, 15),
        (WindyGridworld, {"kings_moves": True}, 7),
        (CliffWalking, {}, 13),
        (DynaMaze, {}, 14),
    ],
)
def test_the_shortest_path_has_the_published_length(env, settings, steps):
    assert shortest_path(env(**settings).model) == steps


def test_a_step_into_the_cliff_costs_100_and_returns_to_the_start():
    env = CliffWalking(num_envs=4)
    assert env.reset(seed=0)[0].tolist() == [36] * 4
    observation, reward, terminated, _, _ = env.step(np.array([1, 0, 2, 3]))
    assert observation.tolist() == [36, 24, 36, 36]
    assert reward.tolist() == [-100, -1, -1, -1]
    assert not terminated.any()


def test_the_rewards_of_b_have_the_published_mean_and_variance():
    model = MaximizationBias().model
    for action in range(10):
        entries = slice(*model.offsets[10 + action : 12 + action])
        probability, reward = model.probability[entries], model.reward[entries]
        np.testing.assert_allclose(probability @ reward, -0.1)
        np.testing.assert_allclose(probability @ (reward + 0.1) ** 2, 1)
        assert stats.kstest(reward, stats.norm(-0.1, 1).cdf).statistic < 0.01
        assert model.terminated[entries].all()
