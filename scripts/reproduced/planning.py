"""Numbers of planning: optimal values, values of policies, gains."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from math import sqrt

import numpy as np

from reproduced.number import Found, Number, Published
from reproduced.problems import FINITE, GAINS, SOLVED, Solved
from rlnotes.agents import BackwardInduction, ModifiedPolicyIteration, PolicyIteration, RelativeValueIteration
from rlnotes.book.base.planning import equiprobable
from rlnotes.book.chapter_04.iterative_evaluation import IterativeEvaluation
from rlnotes.book.chapter_05.importance_sampling import BlackjackImportance
from rlnotes.envs import (
    MDP,
    CliffWalking,
    DynaMaze,
    GamblersProblem,
    Gridworld4x4,
    Gridworld5x5,
    JacksCarRental,
    Model,
    ShortCorridor,
    WindyGridworld,
)

BOOK = "Sutton & Barto (2nd ed.)"
Make = Callable[[], Model]
Value = tuple[np.ndarray, float]
"""V(s) [states], and its bound"""


@cache
def optimum(make: Make, horizon: int | None = None) -> Value:
    """V*, or the value of so many steps."""
    planner = BackwardInduction(horizon=horizon) if horizon else PolicyIteration(tolerance=1e-10)
    plan = planner.plan(make())
    return plan.value, plan.bound


@cache
def value_of(make: Make, policy: Callable[[Model], np.ndarray]) -> Value:
    """V_π of the policy π(a|s) [states, actions] in a model."""
    model = make()
    return model.evaluate(policy(model)), 0.0


def values(
    name: str, source: str, published: dict[int, Published], ours: Callable[[], Value], **facts: object
) -> Iterator[Number]:
    """A number for the value of each state."""

    def found(state: int) -> Found:
        value, bound = ours()
        return Found(float(value[state]), bound=bound)

    for state, value in published.items():
        yield Number(f"{name}: V({state})", source, value, partial(found, state), **facts)


def solved(problem: Solved) -> Iterator[Number]:
    """The values of a problem."""
    name = f"{problem.name} in {problem.horizon} steps" if problem.horizon else problem.name
    yield from values(name, problem.source, problem.values, partial(optimum, problem.model, problem.horizon))


def optimal(name: str, where: str, published: dict[int, Published], make: Make, **facts: object) -> Iterator[Number]:
    """Optimal values that Sutton & Barto print."""
    yield from values(f"{name}, optimal", f"{BOOK}, {where}", published, partial(optimum, make), **facts)


def evaluated(
    name: str,
    where: str,
    published: dict[int, Published],
    make: Make,
    policy: Callable[[Model], np.ndarray],
    **facts: object,
) -> Iterator[Number]:
    """Values of a policy that Sutton & Barto print."""
    yield from values(name, f"{BOOK}, {where}", published, partial(value_of, make, policy), **facts)


def gain(problem: Solved) -> Number:
    """The largest reward per step in the long run."""

    def found() -> Found:
        plan = RelativeValueIteration(tolerance=1e-10).plan(problem.model())
        return Found(plan.gain, bound=plan.bound)

    return Number(f"{problem.name}: gain", problem.source, problem.gain, found)


def model_of(env: type[MDP], **settings: object) -> Make:
    """Makes the model of an environment."""
    return lambda: env(**settings).model


def go_right(p: float) -> Callable[[Model], np.ndarray]:
    """The policy that goes right with probability p in every state."""
    return lambda model: np.tile([1 - p, p], (model.states, 1))


def best_soft(model: Model) -> np.ndarray:
    """The best policy that plays a random action with probability 0.1, by policy iteration."""
    policy, before = PolicyIteration().plan(model).policy, None
    while before is None or (policy != before).any():
        chances = 0.1 * equiprobable(model)
        chances[np.arange(model.states), policy] += 0.9
        policy, before = model.greedy(model.evaluate(chances), policy), policy
    return chances


@cache
def evaluated_by_sweeps() -> dict[int, np.ndarray]:
    """The values of figure 4.1 by the number of sweeps."""
    found = IterativeEvaluation().run()
    return dict(zip(found["sweeps"].tolist(), found["value"], strict=True))


def gittins(discount: float, wins: int, losses: int, most: int) -> Found:
    """The Gittins index of a Bernoulli arm with a uniform prior after so many wins and losses.

    It is (1 − γ) V(wins, losses) if the arm may be set back to that record at any time. After `most` more pulls the
    mean stays as it is. Source: Katehakis & Veinott, Mathematics of Operations Research 12 (1987).
    """

    def paid(record: tuple[int, int]) -> list[tuple[float, tuple[int, int], float, bool]]:
        a, b = record
        mean = (wins + a + 1) / (wins + losses + a + b + 2)
        better, worse = ((a + 1, b), (a, b + 1)) if a + b < most else (record, record)
        return [(mean, better, 1.0, False), (1 - mean, worse, 0.0, False)]

    records = [(a, n - a) for n in range(most + 1) for a in range(n + 1)]
    model = Model.from_function(
        records, ("pull", "set back"), lambda record, action: paid(record if action == "pull" else (0, 0)),
        start=(0, 0), discount=discount,
    )  # fmt: skip
    plan = ModifiedPolicyIteration(tolerance=1e-8).plan(model)
    return Found((1 - discount) * plan.value[0], bound=(1 - discount) * plan.bound)


TABLE = "Christian & Griffiths, Algorithms to Live By (2016), chapter 2"
LABEL = "It is the label of an axis; the book prints no table. By the rules in its text the value is 636.99."
CUT = "The book cuts −11.657 after one digit and does not round it."
NUMBERS = [
    *(number for problem in [*SOLVED, *FINITE] for number in solved(problem)),
    *map(gain, GAINS),
    *evaluated(
        "Gridworld5x5, equiprobable",
        "Figure 3.2",
        dict(enumerate(("3.3", "8.8", "4.4", "5.3", "1.5"))),
        model_of(Gridworld5x5),
        equiprobable,
    ),
    *optimal(
        "Gridworld5x5", "Figure 3.5", dict(enumerate(("22.0", "24.4", "22.0", "19.4", "17.5"))), model_of(Gridworld5x5)
    ),
    *evaluated(
        "Gridworld4x4, equiprobable",
        "Figure 4.1",
        {1: -14.0, 2: -20.0, 3: -22.0, 5: -18.0},
        model_of(Gridworld4x4),
        equiprobable,
    ),
    *(
        Number(
            f"Gridworld4x4, equiprobable, {sweeps} sweeps: V({state})",
            f"{BOOK}, Figure 4.1",
            value,
            lambda sweeps=sweeps, state=state: Found(float(evaluated_by_sweeps()[sweeps][state])),
        )
        for sweeps, state, value in (
            (2, 1, "-1.7"),
            (3, 1, "-2.4"),
            (3, 2, "-2.9"),
            (10, 1, "-6.1"),
            (10, 2, "-8.4"),
            (10, 3, "-9.0"),
        )
    ),
    *optimal("Jack's car rental", "Figure 4.2 (axis)", {0: "420"}, model_of(JacksCarRental), rounding=5.0),
    *optimal("Jack's car rental", "Figure 4.2 (axis)", {440: "612"}, model_of(JacksCarRental), note=LABEL),
    *optimal(
        "gambler's problem",
        "Figure 4.3; exact: Dubins & Savage",
        {25: 0.16, 50: 0.4, 75: 0.64},
        model_of(GamblersProblem),
    ),
    *optimal("windy gridworld", "Example 6.5", {30: -15.0}, model_of(WindyGridworld)),
    *optimal("windy gridworld, king's moves", "Exercise 6.9", {30: -7.0}, model_of(WindyGridworld, kings_moves=True)),
    *evaluated(
        "windy gridworld, best with ε = 0.1",
        "Example 6.5: about 17 steps",
        {30: "-17"},
        model_of(WindyGridworld),
        best_soft,
    ),
    *optimal("cliff", "Example 6.6", {36: -13.0}, model_of(CliffWalking)),
    *optimal("Dyna maze", "Example 8.1: 14 steps, γ = 0.95", {15: 0.95**13}, model_of(DynaMaze)),
    Number(
        "blackjack, 13 with an ace against a deuce, sticks on 20 and 21: V",
        f"{BOOK}, Example 5.4",
        "-0.27726",
        lambda: Found(float(BlackjackImportance(runs=1, steps=10).run()["value"])),
        spread=1e-4,
    ),
    *evaluated("short corridor, right with 0.05", "Example 13.1", {0: "-82"}, model_of(ShortCorridor), go_right(0.05)),
    *evaluated("short corridor, right with 0.95", "Example 13.1", {0: "-44"}, model_of(ShortCorridor), go_right(0.95)),
    *evaluated(
        "short corridor, right with 0.59",
        "Example 13.1",
        {0: "-11.6"},
        model_of(ShortCorridor),
        go_right(0.59),
        note=CUT,
    ),
    *evaluated(
        "short corridor, right with 2 − √2",
        "Example 13.1; exact: −6 − 4√2",
        {0: -6 - 4 * sqrt(2)},
        model_of(ShortCorridor),
        go_right(2 - sqrt(2)),
    ),
    *(
        Number(
            f"Gittins index after {a} wins, {b} losses, γ = {discount}",
            TABLE,
            index,
            partial(gittins, discount, a, b, most),
        )
        for discount, a, b, most, index in (
            (0.9, 0, 0, 80, "0.7029"),
            (0.9, 1, 1, 80, "0.6346"),
            (0.9, 2, 2, 80, "0.6010"),
            (0.9, 9, 1, 80, "0.8695"),
            (0.99, 0, 0, 250, "0.8699"),
        )
    ),
]
