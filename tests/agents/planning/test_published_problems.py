"""Values and gains of problems in books, lectures and other packages."""

import pytest
from reproduced.number import half_a_digit
from reproduced.problems import FINITE, GAINS, SOLVED
from support.planning import every_improver

from rlnotes.agents import BackwardInduction, RelativeValueIteration


def problems(solved):
    """A test of each of these problems."""
    return pytest.mark.parametrize("problem", solved, ids=[problem.name for problem in solved])


def check(problem, value, accuracy):
    """Check the values [states] against the published ones, which may be rounded."""
    for state, published in problem.values.items():
        assert abs(value[state] - float(published)) <= half_a_digit(published) + accuracy


@every_improver
@problems(SOLVED)
def test_the_values_are_the_published_ones(make, problem):
    check(problem, make(tolerance=1e-11).plan(problem.model()).value, 1e-9)


@problems(FINITE)
def test_the_values_of_a_few_steps_are_the_published_ones(problem):
    check(problem, BackwardInduction(horizon=problem.horizon).plan(problem.model()).value, 1e-12)


@problems(GAINS)
def test_the_gains_are_the_published_ones(problem):
    plan = RelativeValueIteration(tolerance=1e-11).plan(problem.model())
    assert abs(plan.gain - float(problem.gain)) <= half_a_digit(problem.gain) + 1e-8
    best = {"taxicab": [1, 1, 1], "toymaker": [1, 1]}
    assert plan.policy.tolist() == best.get(problem.name, plan.policy.tolist())
