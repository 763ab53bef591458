"""Relative value iteration and the gain."""

from functools import partial
from itertools import product

import numpy as np
import pytest
from reference.planning import long_run_reward
from support.planning import CATALOGUE, toy

from rlnotes.agents import RelativeValueIteration

MODELS = {"periodic": partial(toy, [(1, 1, False)], [(0, 4, False)])} | {
    name: CATALOGUE[name] for name in ("RiverSwim", "Forest", "Chain", "Garnet", "Gridworld", "DynaMaze", "RandomWalk")
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_gain_is_that_of_the_policy_and_the_largest(make):
    model = make()
    plan = RelativeValueIteration().plan(model)
    assert abs(plan.gain - long_run_reward(model, plan.policy)) <= plan.bound <= 1e-6 * model.reward_bound
    policies = product(*(np.flatnonzero(actions) for actions in model.available)) if model.states < 8 else [plan.policy]
    assert abs(plan.gain - max(long_run_reward(model, np.array(policy)) for policy in policies)) <= plan.bound


@pytest.mark.parametrize(
    ("states", "gains", "policy"),
    [
        ([[(0, 1, False)], [(1, 4, False)]], [1, 4], [0, 0]),
        ([[(1, 1, False)], [(0, 3, False)], [(2, 9, False)]], [2, 2, 9], [0, 0, 0]),
        ([[(1, 0, False)], [(0, 4, True)], [(2, 1, False)]], [2, 2, 1], [0, 0, 0]),
        ([[(1, 9, False), (2, 0, False)], [(1, 1, False)], [(2, 3, False), (0, 0, False)]], [3, 1, 3], [1, 0, 0]),
        ([[[(0.5, 1, 0, False), (0.5, 2, 0, False)]], [(1, 1, False)], [(2, 3, False)]], [2, 1, 3], [0, 0, 0]),
        ([[(0, 2, False), (1, 0, False)], [(1, 0, False)]], [2, 0], [0, 0]),
    ],
)
def test_the_gain_of_each_state_is_found_if_there_are_several_sets_to_stay_in(states, gains, policy):
    model = toy(*states)
    plan = RelativeValueIteration().plan(model)
    assert plan.converged
    assert np.abs(plan.gains - gains).max() <= plan.bound
    assert plan.gain == plan.gains[0]
    assert plan.policy.tolist() == policy


def test_a_plan_for_several_sets_that_reaches_its_limit_says_so():
    model = toy([(0, 1, False)], *[[(1 + (s + 1) % 9, s, False)] for s in range(9)])
    with pytest.warns(UserWarning, match="RelativeValueIteration stopped after 2 sweeps"):
        plan = RelativeValueIteration(sweep_limit=2).plan(model)
    assert not plan.converged
    assert abs(plan.gains - [1, *[4] * 9]).max() <= plan.bound


@pytest.mark.parametrize("length", [50, 700])
def test_a_long_cycle_takes_few_sweeps(length):
    """Value iteration alone takes 5,366 sweeps for a cycle of 50."""
    plan = RelativeValueIteration().plan(toy(*[[((s + 1) % length, s == 7, False)] for s in range(length)]))
    assert plan.converged
    assert plan.gain == pytest.approx(1 / length, abs=1e-6)
    assert plan.sweeps < 300


@pytest.mark.parametrize("length", [50, 400])
@pytest.mark.parametrize("ends", [False, True])
def test_a_long_cycle_beside_another_set_takes_few_sweeps(length, ends):
    """The start leads to a state that pays .001 a step, and to a cycle that pays 1 in a round, or in an episode."""
    cycle = [[(s + 1, s == 7, False)] for s in range(1, length)] + [[(0, 0, True) if ends else (1, 0, False)]]
    plan = RelativeValueIteration().plan(
        toy([(length + 1, 0, False), (1, 0, False)], *cycle, [(length + 1, 0.001, False)])
    )
    assert plan.converged
    assert plan.gains == pytest.approx([1 / (length + ends)] * (length + 1) + [0.001], abs=1e-6)
    assert plan.sweeps < 300
