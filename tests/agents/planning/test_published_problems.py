"""Values and gains of problems in books, lectures and other packages."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from support.planning import every_improver, toy

from rlnotes.agents import BackwardInduction, RelativeValueIteration
from rlnotes.envs import Gridworld, Model


def of_actions(transition, reward, discount=1.0):
    """A model from p(s'|s, a) and r(s, a, s') or r(s, a), by action first and then by state, as packages have them."""
    swapped = (np.swapaxes(np.array(given, float), 0, 1) for given in (transition, reward))
    return Model.from_arrays(*swapped, start=0, discount=discount)


SMALL = partial(of_actions, [[[0.5, 0.5], [0.8, 0.2]], [[0, 1], [0.1, 0.9]]], [[5, -1], [10, 2]])
"""the small example of pymdptoolbox"""
CORRIDOR = toy(
    [[(0.8, 1, 0, False), (0.2, 0, 0, False)]], [[(0.8, 2, 0, False), (0.2, 1, 0, False)]], [(2, 1, True)], discount=0.9
)
"""two moves that succeed with probability 0.8; the third state pays 1"""


def racing(discount):
    """The racing car of Berkeley's CS188: cool or warm; slow or fast."""
    halves = [(0.5, 0, 1, False), (0.5, 1, 1, False)]
    fast = [(p, s, 2, ended) for p, s, _, ended in halves]
    return toy([(0, 1, False), fast], [halves, (1, -10, True)], discount=discount)


WORLD = Gridworld(
    map=["...G", ".#.H", "S..."], slip=0.2, step_reward=-0.04, goal_reward=0.96, hole_reward=-1.04, discount=1.0
)
"""Russell and Norvig's 4 × 3 world, where the last step costs 0.04 too"""


@every_improver
@pytest.mark.parametrize(
    ("model", "values", "digits"),
    [
        (
            WORLD.model,
            [0.812, 0.868, 0.918, 0, 0.762, 0.660, 0, 0.705, 0.655, 0.611, 0.388],
            3,
        ),
        (SMALL(0.99), [392.299107, 386.160714], 6),
        (CORRIDOR, [0.77096966, 0.87804878, 1], 8),
        (racing(0.9), [15.5, 14.5], 9),
    ],
    ids=["Russell and Norvig's 4 × 3 world", "pymdptoolbox's small example", "corridor", "racing car"],
)
def test_the_values_are_the_published_ones(make, model, values, digits):
    plan = make(tolerance=1e-11).plan(model)
    np.testing.assert_allclose(plan.value, values, rtol=0, atol=0.5 * 10.0**-digits)


TAXICAB = toy(
    *[
        [
            [(p, s, r, False) for s, (p, r) in enumerate(zip(chances, rewards, strict=True)) if p]
            for chances, rewards in town
        ]
        for town in (
            [
                ((1 / 2, 1 / 4, 1 / 4), (10, 4, 8)),
                ((1 / 16, 3 / 4, 3 / 16), (8, 2, 4)),
                ((1 / 4, 1 / 8, 5 / 8), (4, 6, 4)),
            ],
            [((1 / 2, 0, 1 / 2), (14, 0, 18)), ((1 / 16, 7 / 8, 1 / 16), (8, 16, 8))],
            [
                ((1 / 4, 1 / 4, 1 / 2), (10, 2, 8)),
                ((1 / 8, 3 / 4, 1 / 8), (6, 4, 2)),
                ((3 / 4, 1 / 16, 3 / 16), (4, 0, 8)),
            ],
        )
    ]
)
TOYMAKER = of_actions([[[0.5, 0.5], [0.4, 0.6]], [[0.8, 0.2], [0.7, 0.3]]], [[[9, 3], [3, -7]], [[4, 4], [1, -19]]])


@pytest.mark.parametrize(("model", "gain"), [(TAXICAB, 1588 / 119), (TOYMAKER, 2.0)], ids=["taxicab", "toymaker"])
def test_the_gains_are_those_of_howards_book(model, gain):
    plan = RelativeValueIteration(tolerance=1e-11).plan(model)
    assert plan.gain == pytest.approx(gain, abs=1e-8)
    assert plan.policy.tolist() == ([1, 1, 1] if model is TAXICAB else [1, 1])


def inventory():
    """Puterman's inventory with room for 3: an order costs 4 + 2 a piece, storage 1 a piece, and a sale brings 8."""

    def outcomes(stock, order):
        if stock + order > 3:
            return []
        cost = (4 + 2 * order) * (order > 0) + stock + order
        sales = [(p, min(demand, stock + order)) for p, demand in ((1 / 4, 0), (1 / 2, 1), (1 / 4, 2))]
        return [(p, stock + order - sold, 8 * sold - cost, False) for p, sold in sales]

    return Model.from_function(range(4), range(4), outcomes, start=0, discount=1.0)


def secretary(candidates):
    """Choose the best candidate: state t is that candidate t is the best so far; choose it, or see the next ones."""

    def outcomes(t, choose):
        if choose:
            return [(t / candidates, t, 1, True), (1 - t / candidates, t, 0, True)]
        chances = [(t / (later * (later - 1)), later, 0, False) for later in range(t + 1, candidates + 1)]
        return [*chances, (t / candidates, t, 0, True)]

    return Model.from_function(range(1, candidates + 1), (True, False), outcomes, start=1, discount=1.0)


@pytest.mark.parametrize(
    ("model", "horizon", "values"),
    [
        (inventory(), 3, [67 / 16, 129 / 16, 97 / 8, 227 / 16]),
        (racing(1.0), 2, [3.5, 2.5]),
    ],
    ids=["Puterman's inventory", "racing car"],
)
def test_the_values_of_a_few_steps_are_the_published_ones(model, horizon, values):
    np.testing.assert_allclose(BackwardInduction(horizon=horizon).plan(model).value, values, rtol=0, atol=1e-12)


@every_improver
@pytest.mark.parametrize("candidates", [10, 20])
def test_the_best_of_many_candidates_is_chosen_with_the_exact_probability(make, candidates):
    exact = max(
        Fraction(first, candidates) * sum(Fraction(1, t) for t in range(first, candidates))
        for first in range(1, candidates)
    )
    plan = make(tolerance=1e-12).plan(secretary(candidates))
    assert plan.value[0] == pytest.approx(float(exact), abs=1e-11)
