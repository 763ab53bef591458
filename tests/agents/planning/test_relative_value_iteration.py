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
    assert abs(plan.gain - long_run_reward(model, plan.policy)) <= plan.bound <= 1e-6
    policies = product(*(np.flatnonzero(actions) for actions in model.available)) if model.states < 8 else [plan.policy]
    assert abs(plan.gain - max(long_run_reward(model, np.array(policy)) for policy in policies)) <= plan.bound


def test_relative_value_iteration_does_not_converge_if_gains_differ():
    split = toy([(0, 1, False)], [(1, 4, False)])
    with pytest.warns(UserWarning, match="RelativeValueIteration stopped after 99 sweeps"):
        assert not RelativeValueIteration(sweep_limit=99).plan(split).converged
