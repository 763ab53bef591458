"""Plans against optimal values that were computed in other ways, and the bounds of their errors [notes 2.4, 2.5]."""

import warnings
from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np
import pytest
from reference.planning import exact_optimum, optimum
from support.planning import (
    CATALOGUE,
    IMPROVERS,
    check,
    every_improver,
    garnet,
    problem,
    refusal,
    toy,
    toy_text,
    undiscounted,
)

from rlnotes import agents, envs
from rlnotes.agents import PolicyIteration, ValueIteration
from rlnotes.agents.base.agent import ProblemError
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.policy_rows import PolicyRows
from rlnotes.envs.registered import Registered

MODELS = CATALOGUE | {
    f"{id}, {discount}": partial(toy_text, id, discount)
    for id in ("FrozenLake-v1", "CliffWalking-v1", "Taxi-v4")
    for discount in (0.99, 1.0)
}


@every_improver
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_plan_has_the_optimal_value_and_a_policy_that_attains_it(make, model):
    if (make, model) != (agents.LinearProgramming, MODELS["JacksCarRental"]):  # takes five seconds
        check(make().plan(model()), model(), 1e-6)


@every_improver
def test_a_plan_of_a_random_model_has_the_optimal_value_and_a_policy_that_attains_it(make):
    for model in [garnet(seed) for seed in range(25)] + [undiscounted(seed) for seed in range(25)]:
        check(make().plan(model), model, 1e-6)
        if model.discount not in (0.99, 0.999):
            check(make(tolerance=1e-9).plan(model), model, 1e-9)


@pytest.mark.parametrize("planner", [ValueIteration, PolicyIteration])
@pytest.mark.parametrize(
    ("make_env", "published", "tolerance"),
    [
        (envs.Gridworld5x5, {0: 21.977485, 1: 24.419428, 2: 21.977485, 3: 19.419428, 4: 17.477485}, 5e-7),
        (envs.JacksCarRental, {0: 421.414063, 10 * 21 + 10: 574.948324}, 5e-7),
        (envs.GamblersProblem, {1: 0.002065625, 51: 0.403098437, 99: 0.964332967}, 6e-10),
        (envs.WindyGridworld, {30: -15}, 1e-9),
        (partial(envs.WindyGridworld, kings_moves=True), {30: -7}, 1e-9),
        (envs.CliffWalking, {36: -13}, 1e-9),
        (envs.DynaMaze, {15: 0.95**13}, 1e-9),
        (envs.Forest, {0: 74.6496, 1: 78.1056, 2: 82.1056}, 1e-9),
        (partial(Registered, "FrozenLake-v1", {"discount": 1.0}), {0: 14 / 17}, 1e-9),
    ],
)
def test_the_optimal_values_are_the_published_ones(planner, make_env, published, tolerance):
    model = make_env().model
    value = planner(tolerance=tolerance / 10 / model.reward_bound).plan(model).value
    np.testing.assert_allclose(value[list(published)], list(published.values()), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (toy([(1, 1, False), (0, 0, True)], [(0, 0, False)]), "infinite"),
        (toy([[(0.5, 0, -1, False), (0.5, 1, 2, False)], (0, 0, True)], [(0, -0.4, False)]), "infinite"),
        (toy([(1, -1, False)], [(0, -1, False)]), "no policy is sure to end"),
        (toy([(1, 1, False), (0, 0, True)], [(0, -1, False)]), "does not settle"),
        *[(env(discount=1.0).model, "infinite") for env in (envs.Garnet, envs.JacksCarRental)],
        (toy([(1, 3, False), (0, -1, False)], [(1, 0, False)]), [3, 0]),
        (toy([(1, 0, False)], [(0, 0, False), (1, -1, True)]), [0, 0]),
        (toy([(1, 0, False)], [(0, 0, False), (1, 1, True)]), [1, 1]),
        (toy([[(0.5, 0, 0, False), (0.5, 1, 0, False)]], [(0, 0, False), (0, 4, True)]), [4, 4]),
        (toy([(1, 1, False), (0, 0.5, True)], [(0, -2, False), (1, -1, True)]), [0.5, -1]),
        (toy([(1, 1, False), (2, 0, False)], [(0, -2, False)], [(2, 0, False)]), [0, -2, 0]),
        (
            toy(*[[((s + 1) % 300, (s == 0) - 2 * (s == 150), False), (s, 0, True)] for s in range(300)]),
            [1, *[0] * 150, *[1] * 149],
        ),
    ],
)
def test_without_a_discount_a_finite_value_is_found_and_another_refused(model, expected):
    for make in IMPROVERS.values():
        planner = make()
        if isinstance(expected, str):
            assert expected in refusal(partial(planner.plan, model))
            assert expected in refusal(partial(planner.check, problem(model=model)), ProblemError)
        else:
            planner.check(problem(model=model))
            np.testing.assert_allclose(optimum(model), expected, atol=1e-12)
            check(planner.plan(model), model, 1e-6)


@every_improver
def test_the_bound_holds_in_exact_arithmetic_even_if_the_tolerance_is_out_of_reach(make):
    models = [garnet(seed, most=5, discount=1 - 10.0 ** -(seed % 6 + 1)) for seed in range(18)]
    slow = [(0.999, 0, 3e-8, False), (0.001, 1, 0, True)]  # the best action, which seems no better at first
    models += [toy([(0, 0, True), (1, -1e-8, False)], [slow], [[(0.5, 0, 1, True), (0.5, 0, -1, True)]])]
    for model in models + [undiscounted(seed, free=0) for seed in range(8)]:
        for tolerance, sweeps in ((1e-15, 200), (1e-6, 200), (1e-6, 3)):
            with warnings.catch_warnings(record=True, action="always") as warned:
                plan = make(tolerance=tolerance, sweep_limit=sweeps).plan(model)
            assert plan.converged == (plan.bound <= tolerance * model.reward_bound) == (not warned)
            errors = [abs(Fraction(v) - e) for v, e in zip(plan.value, exact_optimum(model), strict=True)]
            assert max(errors) <= plan.bound


@every_improver
def test_a_plan_can_start_from_the_value_of_another(make):
    for model in [garnet(seed) for seed in range(12)] + [undiscounted(seed) for seed in range(12)]:
        first = make().plan(model)
        again = make().plan(model, first.value)
        check(again, model, 1e-6)
        assert again.sweeps <= first.sweeps
        check(make().plan(model, np.random.default_rng(0).normal(0, 100, model.states)), model, 1e-6)
    slow = envs.Garnet(states=200, discount=0.999).model
    first = make().plan(slow)
    if make is not agents.LinearProgramming:  # HiGHS takes no guess
        assert make().plan(slow, first.value).sweeps <= max(4, first.sweeps / 10)


def states_that_pay_for_ever(first, kind, reward):
    """The actions of states from `first` on, in which the best action pays the reward for ever."""
    a, b, c = first, first + 1, first + 2
    if kind == "alone":
        return [[(a, reward, False), (a, reward - 1, False)]]
    if kind == "cycle":
        return [[(b, reward, False)], [(c, reward, False)], [(a, reward, False)]]
    thirds = [(1 / 3, a, reward, False), (1 / 3, b, reward, False), (1 / 3, c, reward, False)]
    return [[thirds, (c, reward - 2, False)], [thirds], [(a, reward - 1, False), (b, reward, False)]]


@every_improver
@pytest.mark.parametrize("trap", [0.0, -3.0])
@pytest.mark.parametrize("kind", ["alone", "cycle", "mixed"])
def test_the_values_of_sets_that_pay_the_same_for_ever_are_known_from_the_start(make, kind, trap):
    """A line of 30 states leads to a goal that pays 1 for ever; sweeps would take thousands to approach 1 / (1 − γ)."""
    line = [[(s + 1, -1, False), (max(s - 1, 0), -1, False)] for s in range(30)]
    goal = states_that_pay_for_ever(30, kind, 1.0)
    line[7].append((30 + len(goal), 0, False))
    plan = make().plan(toy(*line, *goal, *states_that_pay_for_ever(30 + len(goal), kind, trap), discount=0.999))
    assert plan.sweeps < 100
    assert plan.value[30:] == pytest.approx([1000] * len(goal) + [1000 * trap] * len(goal), abs=1e-6)
    assert plan.value[:30] == pytest.approx([2000 * 0.999**distance - 1000 for distance in range(30, 0, -1)])


def test_a_state_is_steady_only_if_everything_after_it_pays_the_same():
    pays_less_later = [[(1, 1, False)], [(2, 1, False)], [(2, 0.5, False)]]
    ends = [[(4, 1, False)], [(3, 1, False), (3, 1, True)]]
    leaves_for_nothing = [[(6, 0, False)], [(5, 0, False), (0, -1, False)]]
    model = toy(*pays_less_later, *ends, *leaves_for_nothing, [(7, 2, False)], discount=0.9)
    assert model.steady.tolist() == [False, False, True, False, False, False, False, True]


@pytest.mark.parametrize("make", [agents.GaussSeidelValueIteration, agents.ModifiedPolicyIteration])
def test_sweeps_in_place_take_no_notice_of_how_often_a_step_fails(make):
    """Each step of a walk to the goal, worth −1, succeeds with probability 1 or .01; else the walker stays."""
    sweeps, distance = [], np.arange(1_100, 0, -1)
    for success in (1.0, 0.01):
        walk = [[[(success, s + 1, -1, s == 1_099), (1 - success, s, -1, False)]] for s in range(1_100)]
        plan = make().plan(toy(*walk, [(1_100, 0, True)], discount=0.99))
        sweeps.append(plan.sweeps)
        later = success * 0.99 / (1 - (1 - success) * 0.99)  # mean discount until a step succeeds
        np.testing.assert_allclose(plan.value[:1_100], -100 * (1 - later**distance), atol=plan.bound)
    assert sweeps[1] <= sweeps[0] + 12


def test_one_backward_sweep_in_place_evaluates_a_walk_whose_steps_often_fail():
    walk = [[[(0.25, s + 1, -1, s == 8), (0.75, s, -1, False)]] for s in range(9)]
    model = toy(*walk, [(9, 0, True)])
    rows, now = PolicyRows(model), Iterate(model, policy=np.zeros(10))
    rows.follow(now, in_place=True)
    rows.evaluate(now)
    assert now.value.tolist() == pytest.approx([-4 * steps for steps in range(9, 0, -1)] + [0, 0])


@pytest.mark.parametrize("model", [lambda: garnet(4), lambda: toy_text("FrozenLake-v1", 0.99)], ids=["leads", "ties"])
def test_a_backup_is_exact_although_it_looks_only_at_actions_that_may_have_become_greedy(model, request):
    """V changes less and less, at random; a lead is never above the lead that a backup of all actions finds. Many
    actions of the frozen lake tie, so that it may have to look at all of them."""
    model, rng = model(), np.random.default_rng()
    rows, now, looked_away = PolicyRows(model), Iterate(model), 0
    for scale in 2.0 ** -np.arange(30):
        now.value[:-1] += scale * (rng.standard_normal(model.states) + rng.standard_normal())
        now.backup()
        full = Iterate(model, now.value[:-1], now.policy)
        full.backup()
        np.testing.assert_allclose(now.backed_up, full.backed_up, atol=now.rounding(), rtol=0)
        assert (now.policy == full.policy).all()
        assert (now.lead <= full.lead + 2 * now.rounding()).all()
        looked_away += (now.lead < full.lead).any()
        rows.follow(now, in_place=False)
    assert looked_away > 5 or "ties" in request.node.name


def test_a_guess_that_does_not_fit_is_refused():
    model = garnet(3)
    for guess, fault in (
        (np.zeros(500), "of shape (500,)"),
        (3.0, "of shape ()"),
        (np.full(model.states, np.inf), "inf"),
    ):
        assert refusal(lambda guess=guess: ValueIteration().plan(model, guess)).startswith(f"guess={fault}: must")


def test_policy_iteration_does_not_change_an_action_that_ties_and_stops():
    states = [[(1, 0, False), (2, 1, False)], [(1, 2, False), (0, 0, False)], [(2, 1, False)]]
    plan = PolicyIteration().plan(toy(*states, discount=0.5))
    assert (plan.policy.tolist(), plan.value.tolist(), plan.sweeps) == ([1, 0, 0], [2, 4, 2], 3)
    for heads, discount in product((0.25, 0.4, 0.5, 0.6), (1.0, 0.99)):
        assert PolicyIteration().plan(envs.GamblersProblem(heads=heads, discount=discount).model).sweeps < 60
