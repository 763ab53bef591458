"""Finite MDPs of books, lectures and other packages, with their published values and gains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from reproduced.number import Published
from rlnotes.envs import Chain, Forest, Gridworld, Model
from rlnotes.envs.registered import Registered


@dataclass(frozen=True)
class Solved:
    """A model whose optimal values, or whose gain, are known."""

    name: str
    source: str
    model: Callable[[], Model]
    values: dict[int, Published] = field(default_factory=dict)
    """V*(s) by state; with a horizon, V of that many steps"""
    gain: Published | None = None
    """reward per step in the long run"""
    horizon: int | None = None


def of_actions(transition: Sequence[Any], reward: Sequence[Any], discount: float = 1.0) -> Model:
    """A model from p(s'|s, a) and r(s, a, s') or r(s, a), by action first and then by state, as packages have them."""
    swapped = (np.swapaxes(np.array(given, float), 0, 1) for given in (transition, reward))
    return Model.from_arrays(*swapped, start=0, discount=discount)


def small(discount: float) -> Model:
    """The small example of pymdptoolbox."""
    return of_actions([[[0.5, 0.5], [0.8, 0.2]], [[0, 1], [0.1, 0.9]]], [[5, -1], [10, 2]], discount)


def corridor() -> Model:
    """Two moves that succeed with probability 0.8; the third state pays 1."""
    moves = [[0.2, 0.8, 0], [0, 0.2, 0.8], [0, 0, 0]], [0, 0, 1]
    return Model.from_function(
        range(3),
        [0],
        lambda s, _: [(p, to, 0, False) for to, p in enumerate(moves[0][s]) if p] or [(1, s, 1, True)],
        start=0,
        discount=0.9,
    )


def racing(discount: float) -> Model:
    """The racing car of Berkeley's CS188: cool or warm; slow or fast."""
    halves = [(0.5, "cool", 1, False), (0.5, "warm", 1, False)]
    outcomes = {
        ("cool", "slow"): [(1, "cool", 1, False)],
        ("cool", "fast"): [(p, to, 2, ended) for p, to, _, ended in halves],
        ("warm", "slow"): halves,
        ("warm", "fast"): [(1, "warm", -10, True)],
    }
    return Model.from_function(
        ["cool", "warm"], ["slow", "fast"], lambda *pair: outcomes[pair], start="cool", discount=discount
    )


def world() -> Model:
    """Russell and Norvig's 4 × 3 world, where the last step costs 0.04 too."""
    rewards = {"step_reward": -0.04, "goal_reward": 0.96, "hole_reward": -1.04}
    return Gridworld(map=["...G", ".#.H", "S..."], slip=0.2, **rewards, discount=1.0).model


TAXICAB = (
    (
        ((1 / 2, 1 / 4, 1 / 4), (10, 4, 8)),
        ((1 / 16, 3 / 4, 3 / 16), (8, 2, 4)),
        ((1 / 4, 1 / 8, 5 / 8), (4, 6, 4)),
    ),
    (((1 / 2, 0, 1 / 2), (14, 0, 18)), ((1 / 16, 7 / 8, 1 / 16), (8, 16, 8))),
    (
        ((1 / 4, 1 / 4, 1 / 2), (10, 2, 8)),
        ((1 / 8, 3 / 4, 1 / 8), (6, 4, 2)),
        ((3 / 4, 1 / 16, 3 / 16), (4, 0, 8)),
    ),
)
"""chances and fares of the three towns, for each way to look for a passenger"""


def taxicab(discount: float) -> Model:
    """Howard's taxicab: cruise, wait at a stand, or wait for a call."""

    def outcomes(town: int, way: int) -> list[tuple[float, int, float, bool]]:
        if way >= len(TAXICAB[town]):
            return []
        return [(p, to, fare, False) for to, (p, fare) in enumerate(zip(*TAXICAB[town][way], strict=True)) if p]

    return Model.from_function(range(3), range(3), outcomes, start=0, discount=discount)


def toymaker(discount: float) -> Model:
    """Howard's toymaker: advertise or not, do research or not."""
    transition = [[[0.5, 0.5], [0.4, 0.6]], [[0.8, 0.2], [0.7, 0.3]]]
    return of_actions(transition, [[[9, 3], [3, -7]], [[4, 4], [1, -19]]], discount)


def inventory() -> Model:
    """Puterman's inventory with room for 3: an order costs 4 + 2 a piece, storage 1 a piece, and a sale brings 8."""

    def outcomes(stock: int, order: int) -> list[tuple[float, int, float, bool]]:
        if stock + order > 3:
            return []
        cost = (4 + 2 * order) * (order > 0) + stock + order
        sales = [(p, min(demand, stock + order)) for p, demand in ((1 / 4, 0), (1 / 2, 1), (1 / 4, 2))]
        return [(p, stock + order - sold, 8 * sold - cost, False) for p, sold in sales]

    return Model.from_function(range(4), range(4), outcomes, start=0, discount=1.0)


def secretary(candidates: int) -> Model:
    """Choose the best candidate: state t is that candidate t is the best so far; choose it, or see the next ones."""

    def outcomes(t: int, choose: bool) -> list[tuple[float, int, float, bool]]:
        if choose:
            return [(t / candidates, t, 1, True), (1 - t / candidates, t, 0, True)]
        chances = [(t / (later * (later - 1)), later, 0, False) for later in range(t + 1, candidates + 1)]
        return [*chances, (t / candidates, t, 0, True)]

    return Model.from_function(range(1, candidates + 1), (True, False), outcomes, start=1, discount=1.0)


def best_of(candidates: int) -> Fraction:
    """max_r (r/n) Σ_{t=r}^{n−1} 1/t, the probability to choose the best of n candidates."""
    return max(
        Fraction(first, candidates) * sum(Fraction(1, t) for t in range(first, candidates))
        for first in range(1, candidates)
    )


def robot() -> Model:
    """Sutton & Barto's recycling robot: a search pays 5, waiting pays 1, and being rescued costs 3.

    A search leaves a high battery high with probability 0.8, and a low one low with probability 0.1, else empty.
    """
    outcomes = {
        ("high", "search"): [(0.8, "high", 5, False), (0.2, "low", 5, False)],
        ("high", "wait"): [(1, "high", 1, False)],
        ("low", "search"): [(0.1, "low", 5, False), (0.9, "high", -3, False)],
        ("low", "wait"): [(1, "low", 1, False)],
        ("low", "recharge"): [(1, "high", 0, False)],
    }
    actions = "search", "wait", "recharge"
    return Model.from_function(
        ["high", "low"], actions, lambda *pair: outcomes.get(pair, []), start="high", discount=0.9
    )


def queue(room: int) -> Model:
    """Naor's queue M/M/1, arrivals at rate 0.9, service at rate 1: admit a customer for 5, or not; waiting costs 1.

    A step is one event of the arrivals and services together, which come at rate 1.9.
    """

    def outcomes(customers: int, admit: bool) -> list[tuple[float, int, float, bool]]:
        if admit and customers == room:
            return []
        waiting = customers / 1.9
        arrival = (0.9 / 1.9, customers + admit, 5 * admit - waiting, False)
        return [arrival, (1 / 1.9, max(customers - 1, 0), -waiting, False)]

    return Model.from_function(range(room + 1), (False, True), outcomes, start=0, discount=1.0)


RUSSELL = "Russell & Norvig, Artificial Intelligence (3rd ed.), Figure 17.3"
HOWARD = "Howard, Dynamic Programming and Markov Processes (1960)"
PACKAGE = "pymdptoolbox 4.0"
UTILITIES = "0.812", "0.868", "0.918", None, "0.762", "0.660", None, "0.705", "0.655", "0.611", "0.388"
SEARCH = 5 / (1 - 0.9 * 0.8 - 0.9**2 * 0.2)
"""value of a high battery: search if it is high, recharge if it is low"""
SOLVED = [
    Solved("4 × 3 world", RUSSELL, world, {s: u for s, u in enumerate(UTILITIES) if u}),
    Solved(
        "small example", f"{PACKAGE}, example.small, γ = 0.99", partial(small, 0.99), {0: "392.299107", 1: "386.160714"}
    ),
    Solved(
        "forest",
        f"{PACKAGE}, PolicyIteration's docstring, γ = 0.9",
        lambda: Forest(discount=0.9).model,
        {0: "26.244", 1: "29.484", 2: "33.484"},
    ),
    Solved("slippery corridor", "exact: (0.72/0.82)^moves", corridor, {0: (0.72 / 0.82) ** 2, 1: 0.72 / 0.82, 2: 1.0}),
    Solved("racing car", "Berkeley CS188, lectures on MDPs, γ = 0.9", partial(racing, 0.9), {0: 15.5, 1: 14.5}),
    Solved("taxicab", f"{HOWARD}, chapter 7, γ = 0.9", partial(taxicab, 0.9), {0: "121.65", 1: "135.31", 2: "122.84"}),
    Solved("toymaker", f"{HOWARD}, chapter 7, γ = 0.9", partial(toymaker, 0.9), {0: "22.2", 1: "12.3"}),
    Solved(
        "recycling robot",
        "Sutton & Barto, Example 3.3; exact: r/(1 − γα − γ²(1 − α))",
        robot,
        {0: SEARCH, 1: 0.9 * SEARCH},
    ),
    *[
        Solved(
            f"best of {candidates} candidates",
            "Lindley, Applied Statistics 10 (1961): max_r (r/n) Σ_{t=r}^{n−1} 1/t",
            partial(secretary, candidates),
            {0: best_of(candidates)},
        )
        for candidates in (10, 20)
    ],
    Solved(
        "FrozenLake-v1",
        "exact, by linear equations",
        lambda: Registered("FrozenLake-v1", {"discount": 1.0}).model,
        {0: Fraction(14, 17)},
    ),
]
"""values that every planner with a bound finds"""
FINITE = [
    Solved(
        "inventory",
        "Puterman, Markov Decision Processes (1994), section 4.6.1, N = 3",
        inventory,
        {0: Fraction(67, 16), 1: Fraction(129, 16), 2: Fraction(97, 8), 3: Fraction(227, 16)},
        horizon=3,
    ),
    Solved(
        "racing car", "Berkeley CS188, lectures on MDPs, two steps", partial(racing, 1.0), {0: 3.5, 1: 2.5}, horizon=2
    ),
    Solved(
        "forest",
        f"{PACKAGE}, FiniteHorizon's docstring, γ = 0.9, 3 steps",
        lambda: Forest(discount=0.9).model,
        {0: "2.6973", 1: "5.9373", 2: "9.9373"},
        horizon=3,
    ),
    Solved(
        "forest",
        f"{PACKAGE}, ValueIteration's docstring, γ = 0.96, 4 sweeps",
        lambda: Forest().model,
        {0: "5.93215488", 1: "9.38815488", 2: "13.38815488"},
        horizon=4,
    ),
    Solved(
        "small example",
        f"{PACKAGE}, ValueIteration's docstring, γ = 0.9, 26 sweeps",
        partial(small, 0.9),
        {0: "40.0486253927", 1: "33.6537117597"},
        horizon=26,
    ),
]
"""values of a few steps"""
GAINS = [
    Solved("taxicab", f"{HOWARD}, chapter 5", partial(taxicab, 1.0), gain=Fraction(1588, 119)),
    Solved("toymaker", f"{HOWARD}, chapter 4", partial(toymaker, 1.0), gain=2.0),
    Solved("forest", f"{PACKAGE}, RelativeValueIteration's docstring", lambda: Forest(discount=1.0).model, gain="3.24"),
    Solved("small example", "exact: (0.8 · 10 − 1)/1.8", partial(small, 1.0), gain=Fraction(35, 9)),
    Solved("chain", "Strens, ICML 2000: 3,677 in 1,000 steps", lambda: Chain(discount=1.0).model, gain="3.677"),
    Solved(
        "queue with room for 20",
        "Naor, Econometrica 37 (1969); exact: at most two customers, so (5 · 0.9 · 1.9 − 2.52)/2.71 per unit of time",
        partial(queue, 20),
        gain=Fraction(6030, 5149),
    ),
]
"""rewards per step in the long run"""
