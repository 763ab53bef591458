"""Errors for arguments that are not a finite MDP name the wrong setting."""

import gymnasium as gym
import numpy as np
import pytest
from scipy.sparse import eye_array

from rlnotes.base.errors import SettingError
from rlnotes.envs import (
    Chain,
    Forest,
    GamblersProblem,
    Garnet,
    Gridworld,
    JacksCarRental,
    MaximizationBias,
    Model,
    RandomWalk,
    RiverSwim,
    TwoStates,
    from_gymnasium,
)

NAN = float("nan")
STAY = np.ones((1, 1, 1))


def refusal(make):
    """The one line of the `SettingError` that `make` raises."""
    with pytest.raises(SettingError) as error:
        make()
    assert "\n" not in str(error.value)
    return str(error.value)


def of_outcomes(found, states="a"):
    """A model with the same outcomes after every action."""
    return Model.from_function(states, [0], lambda state, action: found, start=0, discount=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Model.from_arrays(np.full((2, 3, 2), 0.45), np.zeros((2, 3)), start=0, discount=1),
            "probability=0.9: is the sum of state 0, action 0, and must be 1",
        ),
        (
            lambda: Model.from_arrays([[[0, 1], [1, 0]], [[0, 1], [0, 1.5]]], np.zeros((2, 2)), start=0, discount=1),
            "probability=1.5: is the sum of state 1, action 1",
        ),
        (
            lambda: Model.from_arrays([[[0, 1], [0, 0]], [[0, 1], [-0.5, 1.5]]], np.zeros((2, 2)), start=0, discount=1),
            "probability=-0.5: of state 1, action 1: must be 0 or more",
        ),
        (
            lambda: Model.from_arrays(NAN * STAY, STAY, start=0, discount=1),
            "probability=nan: of state 0, action 0: must",
        ),
        (lambda: Model.from_arrays(np.inf * STAY, STAY, start=0, discount=1), "probability=inf: of state 0, action 0"),
        (lambda: Model.from_arrays(STAY, NAN * STAY, start=0, discount=1), "reward=nan: of state 0, action 0: must be"),
        (lambda: Model.from_arrays(STAY, -np.inf * STAY, start=0, discount=1), "reward=-inf: of state 0, action 0"),
        (
            lambda: Model([0, 2, 2, 3, 5], [0, 1, 0, 0, 2], [0.5, 0.5, 1, 0.5, 0.5], [0] * 5, [0] * 5, [1, 0], 1),
            "next_state=2: of state 1, action 1: must be from 0 to 1",
        ),
        (
            lambda: Model.from_function("ab", [0], lambda s, a: [(1, "c", 0, False)], start="a", discount=1),
            "next_state=c: of state a, action 0: is not a state",
        ),
        (
            lambda: Model.from_entries(1, 1, [1], [0], [0], [1], [0], [False], start=0, discount=1),
            "state=1: must be from 0 to 0",
        ),
        (
            lambda: Model.from_entries(1, 1, [0], [-1], [0], [1], [0], [False], start=0, discount=1),
            "action=-1: must be from 0 to 0",
        ),
        (
            lambda: Model.from_entries(1, 1, ["a"], [0], [0], [1], [0], [False], start=0, discount=1),
            "state=of type <U1: must be numbers",
        ),
        (
            lambda: Model([0, 1], [0], ["1"], [0], [False], [1], 1),
            "probability=of type <U1: must be numbers",
        ),
        (
            lambda: Model([0, 1, 2], [0, 0.5], [1, 1], [0, 0], [True, True], [0.5, 0.5], 1),
            "next_state=0.5: of state 1, action 0: must be a whole number",
        ),
        (lambda: Model.from_arrays(STAY, STAY, start=1, discount=1), "start=1: must be from 0 to 0"),
        (lambda: Model.from_arrays(STAY, STAY, start=-1, discount=1), "start=-1: must be from 0 to 0"),
        (
            lambda: Model.from_arrays(STAY, STAY, start=[0.0], discount=1),
            "start=0.0: is the sum of the probabilities of the start",
        ),
        (lambda: Model.from_arrays(STAY, STAY, start=[NAN], discount=1), "start=nan: must be a finite number"),
        (
            lambda: Model.from_arrays(np.eye(2)[:, None], np.zeros((2, 1)), start=[-0.5, 1.5], discount=1),
            "start=1.0: is the sum of the probabilities of the start states; they must be 0 or more and sum to 1",
        ),
        (lambda: Model.from_arrays(STAY, STAY, start=0, discount=1.1), "discount=1.1: must be from 0 to 1"),
        (lambda: Model.from_arrays(STAY, STAY, start=0, discount=-0.1), "discount=-0.1: must be from 0 to 1"),
        (lambda: Model.from_arrays(STAY, STAY, start=0, discount=NAN), "discount=nan: must be from 0 to 1"),
        (
            lambda: Model.from_arrays([[[1, 0]], [[0, 0]]], np.zeros((2, 1)), start=0, discount=1),
            "state=1: has no action; give a final state an action that terminates",
        ),
        (
            lambda: Model.from_arrays(np.ones((2, 1)), STAY, start=0, discount=1),
            "transition=(2, 1): must have the shape [states, actions, states]",
        ),
        (lambda: Model.from_arrays(np.ones((1, 1, 2)), STAY, start=0, discount=1), "transition=(1, 1, 2): must have"),
        (
            lambda: Model.from_arrays(STAY, np.ones(2), start=0, discount=1),
            "reward=(2,): must have the shape (1, 1, 1), (1, 1) or (1,)",
        ),
        (
            lambda: Model.from_arrays(np.ones((1, 2, 2)) / 2, np.ones((2, 1)), start=0, discount=1),
            "transition=(1, 2, 2): must have the shape [states, actions, states]; give np.swapaxes(transition, 0, 1)",
        ),
        (lambda: Model.from_arrays(STAY, [[NAN]], start=0, discount=1), "reward=nan: of state 0, action 0: must be"),
        (
            lambda: Model.from_arrays(STAY, STAY, terminal=[False], start=0, discount=1),
            "terminal=False: must be states",
        ),
        (
            lambda: Model.from_arrays(STAY, STAY, terminal=[7], start=0, discount=1),
            "terminal=7: must be states, from 0",
        ),
        (
            lambda: Model.from_arrays(STAY, STAY, terminal=[-1], start=0, discount=1),
            "terminal=-1: must be states, from",
        ),
        (
            lambda: Model.from_arrays(STAY, STAY, terminal=["a"], start=0, discount=1),
            "terminal=a: must be states, from",
        ),
        (
            lambda: Model.from_arrays([eye_array(2), eye_array(3)], np.ones(2), start=0, discount=1),
            "transition=(3, 3): of action 1: must have the shape (2, 2)",
        ),
        (
            lambda: Model.from_arrays(eye_array(2), np.ones(2), start=0, discount=1),
            "transition=one sparse matrix: must be a list of matrices [states, states], one per action",
        ),
        (
            lambda: Model.from_arrays([eye_array(2), np.ones(3)], np.ones(2), start=0, discount=1),
            "transition=(3,): of action 1: must have the shape (2, 2)",
        ),
        (
            lambda: Model.from_arrays([eye_array(2)], [eye_array(3)], start=0, discount=1),
            "reward=[(3, 3)]: must be 1 matrices of the shape (2, 2), one per action",
        ),
        (lambda: of_outcomes(None), "outcomes=None: of state a, action 0: must be a list of (probability, next state,"),
        (lambda: of_outcomes([7]), "outcomes=7: of state a, action 0: must be (probability, next state, reward, term"),
        (lambda: of_outcomes([(1, "a", 0)]), "outcomes=(1, 'a', 0): of state a, action 0: must be (probability, next"),
        (lambda: of_outcomes([(1, ["a"], 0, False)]), "next_state=['a']: of state a, action 0: is not a state"),
        (lambda: of_outcomes([(1, "a", "much", False)]), "reward=much: of state a, action 0: must be a number"),
        (lambda: of_outcomes([("p", "a", 0, False)]), "probability=p: of state a, action 0: must be a number"),
        (lambda: of_outcomes([(1, "a", 0, False)], states="aba"), "states=a: is there twice"),
        (lambda: of_outcomes([(1, "a", 0, False)], states=[["a"]]), "states=['a']: must be objects that can be keys"),
        (lambda: from_gymnasium(gym.make("CartPole-v1")), "env=CartPole-v1: has no model"),
    ],
)
def test_arguments_that_are_not_a_model_are_named(make, message):
    assert message in refusal(make)


@pytest.mark.parametrize(
    ("make", "setting"),
    [
        (lambda: Model.from_arrays(np.eye(3)[:, None], np.zeros((3, 1)), start=[0.5, 0.5], discount=1), "start="),
        (lambda: Model.from_arrays(np.eye(3)[:, None], np.zeros((3, 1)), start=[0.25] * 4, discount=1), "start="),
        (
            lambda: Model.from_function("ab", [0], lambda s, a: [(1, s, 0, False)], start="c", discount=1),
            "start=c",
        ),
        (lambda: Model.from_function("ab", [0], lambda s, a: [], start="a", discount=1), "state=a: has no action"),
        (lambda: Model.from_entries(2, 1, [0, 1], [0, 0], [0, 1], [1, 1], [0], [0, 0], start=0, discount=1), "reward="),
        (lambda: Model([0, 1, 1, 2], [0, 1], [1, 1], [0, 0], [0, 0], [0.5, 0.5], 1), "offsets="),
        (
            lambda: Model.from_entries(1, 1, [0], [0], [2**32], [1], [0], [True], start=0, discount=1),
            "next_state=4294967296",
        ),
    ],
    ids=["short_start", "long_start", "no_such_start", "no_outcomes", "short_column", "offsets", "beyond_32_bits"],
)
def test_columns_that_do_not_fit_together_are_named(make, setting):
    assert refusal(make).startswith(setting)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (np.full((101, 2), 0.5), "policy=of shape (101, 2): must be π(s) of shape (101,) or π(a|s) of shape (101, 50)"),
        (np.full((101, 50, 1), 0.02), "policy=of shape (101, 50, 1): must be"),
        (np.full((101, 50), 0.5), "policy=probabilities: of state "),
        (np.full((101, 50), NAN), "policy=probabilities: of state "),
        (np.ones(101, int), "policy=1: of state 1: must be an available action"),
        (
            np.full((101, 50), 0.02),
            "policy=probabilities: of state 1: must be probabilities of available actions",
        ),
    ],
    ids=["narrow", "deep", "sum", "nan", "unavailable", "unavailable_probability"],
)
def test_a_policy_that_does_not_fit_the_model_is_named(policy, message):
    model = GamblersProblem().model
    assert message in refusal(lambda: model.evaluate(policy))


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ([0] * 6, "policy=of shape (6,): must be"),
        ([2] * 7, "policy=2: of state 0"),
        ([-1] * 7, "policy=-1: of state 0"),
        ([[2, -1]] * 7, "policy="),
    ],
    ids=["short", "beyond", "negative_action", "negative_probability"],
)
def test_a_policy_that_fits_no_model_is_named(policy, message):
    model = RandomWalk(discount=0.9).model
    assert message in refusal(lambda: model.evaluate(np.array(policy)))


@pytest.mark.parametrize(
    ("env", "settings", "message"),
    [
        (Gridworld, {"map": ["S.G", ".."]}, "map=..: is ragged: line 2 has 2 characters and the first 3"),
        (Gridworld, {"map": ["S.G", ".x."]}, "map=.x.: line 2 has the unknown symbol 'x'; there are S . # G H"),
        (Gridworld, {"map": ["..G"]}, "map=['..G']: must have a start cell, S"),
        (Gridworld, {"map": ["###"]}, "map=['###']: must have a start cell, S"),
        (Gridworld, {"map": [""]}, "map=['']: must have at least one line and one column"),
        (Gridworld, {"map": []}, "map=[]: must have at least one line and one column"),
        (Gridworld, {"map": "S.G"}, "map=S.G: must be a list of words or null"),
        (Gridworld, {"slip": -0.1}, "slip=-0.1: must be from 0 to 1"),
        (Gridworld, {"slip": 1.1}, "slip=1.1: must be from 0 to 1"),
        (Gridworld, {"slip": NAN}, "slip=nan: must be from 0 to 1"),
        (Gridworld, {"step_reward": NAN}, "reward=nan: of state 0, action 0: must be a finite number"),
        (Gridworld, {"time_limit": 0}, "time_limit=0: must be 1 or more, or null"),
        (Gridworld, {"discount": 2.0}, "discount=2.0: must be from 0 to 1"),
        (Garnet, {"states": 10**9}, "GB of memory"),
        (Garnet, {"states": 0}, "states=0: must be 1 or more"),
        (Garnet, {"actions": 0}, "actions=0: must be 1 or more"),
        (Garnet, {"branching": 0}, "branching=0: must be from 1 to the number of states, 100"),
        (Garnet, {"branching": 101}, "branching=101: must be from 1 to the number of states, 100"),
        (Garnet, {"seed": -1}, "seed=-1: must be 0 or more"),
        (Chain, {"states": 2.5}, "states=2.5: must be a whole number"),
        (Chain, {"states": 0}, "states=0: must be 1 or more"),
        (Chain, {"slip": 1.5}, "slip=1.5: must be from 0 to 1"),
        (Forest, {"states": 1}, "states=1: must be 2 or more"),
        (Forest, {"fire": -0.5}, "fire=-0.5: must be from 0 to 1"),
        (Forest, {"cut_reward": NAN}, "reward=nan: of state 2, action cut"),
        (RiverSwim, {"states": 1}, "states=1: must be 2 or more"),
        (RandomWalk, {"states": 0}, "states=0: must be 1 or more"),
        (RandomWalk, {"left_reward": NAN}, "left_reward=nan: must be a number"),
        (RandomWalk, {"jump": 0}, "jump=0: must be a whole number, 1 or more"),
        (TwoStates, {"epsilon": 1.5}, "epsilon=1.5: must be from 0 to 1"),
        (GamblersProblem, {"heads": NAN}, "heads=nan: must be from 0 to 1"),
        (GamblersProblem, {"goal": 1}, "goal=1: must be 2 or more"),
        (MaximizationBias, {"actions": 1}, "actions=1: must be 2 or more"),
        (JacksCarRental, {"discount": -1.0}, "discount=-1.0: must be from 0 to 1"),
    ],
)
def test_a_bad_setting_is_named(env, settings, message):
    assert message in refusal(lambda: env(**settings))
