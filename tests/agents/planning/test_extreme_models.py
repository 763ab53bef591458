"""States that the start never reaches, traps, goals without an end, tiny and huge rewards, plans that stop early."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from reference.planning import cesaro_gain, total_reward
from support.planning import IMPROVERS, every_improver, garnet, policies, refusal, tangled, toy

from rlnotes.agents import (
    ModifiedPolicyIteration,
    PolicyIteration,
    PrioritizedSweeping,
    RelativeValueIteration,
    ValueIteration,
)
from rlnotes.agents.planning.base.iterate import value_range
from rlnotes.envs import Gridworld

INF, NAN = np.inf, np.nan


@every_improver
@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Gridworld(map=["S.G#."], discount=1.0).model, [0.94, 0.99, 0, -INF]),  # a cell behind a wall
        (toy([(1, -10, True), (2, 0, False)], [(0, 0, False)], [(2, -1, False)]), [-10, -10, -INF]),  # a trap
        (toy([(0, 2, True), (1, -1, False)], [(2, -1, False)], [(1, -1, False)]), [2, -INF, -INF]),
        (toy([[(0.5, 0, 0, False), (0.5, 0, 1, True)], (1, 9, False)], [(1, -1, False)]), [1, -INF]),
        (toy([(0, 3, True)], [(1, 1, False), (0, 0, False)], [(1, -5, False), (2, 0, True)]), [3, INF, INF]),
        (
            toy([(0, 3, True)], [[(0.5, 2, 0, False), (0.5, 3, 0, False)]], [(2, 1, False)], [(3, -1, False)]),
            [3, NAN, INF, -INF],
        ),
        (
            toy(
                [(0, 3, True)],
                [[(0.5, 2, 0, False), (0.5, 3, 0, False)]],
                [(2, 1, False)],
                [(3, -1, False), (0, 0, False)],
            ),
            [3, INF, INF, 3],
        ),
        (toy([(0, 3, True)], [(2, 1, False)], [(1, -1, False)], [(1, 0, False), (3, 0, True)]), [3, NAN, NAN, NAN]),
        (
            toy([(0, 1e10, True), (1, 1, False)], [(0, -3, False)]),
            [1e10, 1e10 - 3],
        ),  # a small loss beside a huge reward
        (toy([(0, 1, True), (1, 1, False)], [(0, -3, False)], [(2, -1e11, True)]), [1, -2, -1e11]),
        (toy([(0, 3, True)], [(1, 0, False), (0, 1, False)], [(2, -1, False), (1, -9, False)]), [3, 4, -5]),
    ],
)
def test_values_are_infinite_where_the_start_never_leads(make, model, values):
    plan = make().plan(model)
    assert plan.converged
    finite = np.isfinite(values)
    np.testing.assert_array_equal(plan.value[~finite], np.array(values)[~finite])
    assert np.abs(plan.value[finite] - np.array(values)[finite]).max() <= plan.bound <= 1e-6 * model.reward_bound
    assert model.available[np.arange(model.states), plan.policy].all()
    assert make().plan(model, plan.value).converged
    own = model.evaluate(plan.policy)
    assert np.abs(own[finite] - np.array(values)[finite]).max() <= 2 * plan.bound


def test_a_value_that_is_infinite_where_the_start_leads_is_refused():
    for states, fault in (
        ([(0, -1, False)], "no policy is sure to end from state 0, and to go on costs for ever"),
        ([[(0.5, 1, 0, False), (0.5, 0, 1, True)]], "no policy is sure to end from state 0"),
        ([(1, 0, False), (0, 0, True)], "the total reward is infinite: from state 1"),
    ):
        model = toy(*[states], [(1, 1 if "infinite" in fault else -1, False)])
        for make in IMPROVERS.values():
            assert f"discount=1.0: {fault}" in refusal(lambda make=make, model=model: make().plan(model))


@pytest.mark.parametrize("seed", range(40))
def test_plans_and_policies_have_the_values_of_the_best_of_all_policies(seed):
    model = tangled(seed)
    every = np.array([total_reward(model, policy) for policy in policies(model)])
    for policy, expected in zip(policies(model), every, strict=True):
        np.testing.assert_allclose(model.evaluate(policy), expected, atol=1e-8)
    settled = ~np.isnan(every).any(axis=0)
    best, begins = np.where(settled, every.max(axis=0), NAN), model.start > 0
    for make in IMPROVERS.values():
        if not np.isfinite(best[begins]).all():
            assert "discount=1.0: " in refusal(lambda make=make: make().plan(model))
            continue
        plan = make().plan(model)
        assert not np.isfinite(plan.value[~settled]).any()
        finite = np.isfinite(best)
        np.testing.assert_array_equal(plan.value[settled & ~finite], best[settled & ~finite])
        assert np.abs(plan.value - best)[finite].max() <= plan.bound + 1e-9
        assert (best - total_reward(model, plan.policy))[finite].max() <= 2 * plan.bound + 1e-8


@pytest.mark.parametrize("seed", range(40))
def test_the_gain_is_that_of_the_best_of_all_policies(seed):
    model = tangled(seed)
    best = np.max([cesaro_gain(model, policy) for policy in policies(model)], axis=0)
    plan = RelativeValueIteration().plan(model)
    assert abs(plan.gain - model.start @ best) <= plan.bound + 1e-9
    if plan.gains is not None:
        assert np.abs(plan.gains - best).max() <= plan.bound + 1e-9
    assert model.start @ (best - cesaro_gain(model, plan.policy)) <= 2 * plan.bound + 1e-9


@every_improver
@pytest.mark.parametrize("scale", [1e-7, 1e-30, 1.0, 1e12, 1e100])
def test_the_scale_of_rewards_changes_nothing(make, scale):
    model = toy([(0, 0, False), (1, 0, False)], [(1, 0, False), (1, scale, True)], discount=0.9)
    plan = make().plan(model)
    np.testing.assert_allclose(plan.value, [0.9 * scale, scale], rtol=2e-6)
    assert plan.policy.tolist() == [1, 1]
    assert plan.converged


@pytest.mark.parametrize("make", [PolicyIteration, IMPROVERS["LinearProgramming"]])
@pytest.mark.parametrize("tolerance", [1e-6, 1e3])
def test_an_exact_planner_goes_on_until_its_policy_is_optimal(make, tolerance):
    for seed in range(20):
        model = garnet(seed)
        plan = make(tolerance=tolerance).plan(model)
        assert (model.q(plan.value).max(axis=1) - plan.value).max() <= 1e-9 * (1 + np.abs(plan.value).max())


@every_improver
def test_a_goal_that_is_never_left_and_pays_nothing_takes_as_few_sweeps_as_an_end(make):
    maps = Gridworld(map=["S" + "." * 9, *["." * 10] * 8, "." * 9 + "G"], slip=0.0, step_reward=-1.0, goal_reward=0.0)
    for discount in (0.9, 0.99, 1.0):
        ends = replace(maps.model, discount=discount)
        stays = replace(ends, terminated=np.zeros(len(ends.reward), bool))
        first, second = make().plan(ends), make().plan(stays)
        np.testing.assert_allclose(first.value, second.value, rtol=0, atol=first.bound + second.bound)
        assert second.sweeps == first.sweeps
        assert second.converged


def test_prioritized_sweeping_needs_two_sweeps_for_two_states():
    """With γ = 0.999 it took 40,041 sweeps before the goal counted as an end."""
    plan = PrioritizedSweeping().plan(toy([(1, 1, False)], [(1, 0, False)], discount=0.999))
    assert (plan.sweeps <= 4, plan.value.tolist()) == (True, [1, 0])


@every_improver
@pytest.mark.parametrize("discount", [0.9, 0.999, 1 - 1e-6])
def test_a_plan_that_stops_early_has_a_possible_value_and_a_true_bound(make, discount):
    for seed in range(12):
        model = garnet(seed, discount=discount)
        with warnings.catch_warnings(action="ignore"):
            early, best = make(sweep_limit=2, tolerance=1e-12).plan(model), PolicyIteration(1e-12).plan(model)
        low, high = value_range(model)
        assert low <= early.value.min()
        assert early.value.max() <= high
        assert np.abs(early.value - best.value).max() <= early.bound + best.bound


def test_a_policy_is_proved_optimal_if_every_other_action_is_worse():
    better = [(0, 0, False), (1, 0, False)], [(1, 0, False), (1, 1e-9, True)]
    for make in IMPROVERS.values():
        assert make().plan(toy(*better, discount=0.9)).optimal
        assert not make().plan(toy([(0, 1, True), (0, 1, True)], discount=0.9)).optimal
    merged = toy([(1, 0, False), (0, 0, False)], [(0, 0, False), (1, 1, True)])
    assert not PolicyIteration().plan(merged).optimal  # both actions of the first state are worth 1
    close = toy([(1, 1, False), (1, 1 + 1e-9, False)], [(0, 0, False)], discount=0.9)
    assert not ValueIteration(tolerance=1e-3).plan(close).optimal
    assert ModifiedPolicyIteration(tolerance=1e-12).plan(close).optimal
