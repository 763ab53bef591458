"""Numbers of values that are linear in features: fixed points and divergence."""

from functools import cache

import numpy as np

from reproduced.number import Found, Number, mean
from rlnotes.agents import LSTD, SemiGradientTD
from rlnotes.agents.linear.base.exact_targets import ExactTargets
from rlnotes.agents.linear.base.expected_updates import least_squares_dp
from rlnotes.agents.linear.base.features import features_of
from rlnotes.book.chapter_10.access_control import AccessControlPolicy
from rlnotes.book.chapter_11.emphasis import Emphasis
from rlnotes.book.chapter_11.gradient_correction import GradientCorrection
from rlnotes.envs import BoyanChain, RandomWalk, TwoStates
from rlnotes.experiments.experiment import Measured
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

BOOK = "Sutton & Barto (2nd ed.)"
BOYAN = "Boyan, Machine Learning 49 (2002)"
WALK = RandomWalk(states=1_000, jump=100, left_reward=-1.0)


def walk_targets() -> ExactTargets:
    """The exact targets of ten groups of states on the walk of 1,000 states."""
    matrix = features_of("aggregation:10", None, WALK.single_observation_space).matrix
    return ExactTargets(WALK.model, matrix, np.full((1_002, 2), 0.5))


def boyan_targets() -> ExactTargets:
    """The exact targets of Boyan's chain."""
    example = BoyanChain().prediction
    return ExactTargets(BoyanChain().model, example.features, example.policy)


@cache
def learnt_on_the_walk() -> np.ndarray:
    """The weights [runs, size] of semi-gradient TD after 300,000 steps of the walk, with α that falls."""
    agent = SemiGradientTD(features="aggregation:10", alpha="exponential:0.1:0.0005:100%")
    data: dict[str, np.ndarray] = simulate(Cell(agent, WALK, steps=300_000, runs=50)).data
    return data["weights"]


@cache
def learnt_on_the_chain() -> np.ndarray:
    """The weights [runs, size] of LSTD(0.5) after 1,000 episodes of Boyan's chain."""
    data: dict[str, np.ndarray] = simulate(
        Cell(LSTD(decay=0.5, epsilon=1e-6), BoyanChain(), episodes=1_000, runs=200)
    ).data
    return data["weights"]


@cache
def after_tdc() -> Measured:
    """What figure 11.5 measures: TDC on Baird's example."""
    return GradientCorrection().run()


def factor(epsilon: float) -> float:
    """γ at which a sweep of dynamic programming leaves the weight of the two states as it is."""
    env = TwoStates(epsilon=epsilon, discount=0.5)
    targets = ExactTargets(env.model, env.prediction.features, np.ones((2, 1)), np.full(2, 0.5))
    return 0.5 / float(least_squares_dp(targets, np.ones(1))[0])


NUMBERS = [
    *(
        Number(
            f"Boyan's chain, weight {i + 1} of the TD fixed point",
            BOYAN,
            float(weight),
            lambda i=i: Found(float(boyan_targets().td_fixed_point()[i])),
        )
        for i, weight in enumerate((-24, -16, -8, 0))
    ),
    *(
        Number(
            f"Boyan's chain, weight {i + 1} of LSTD(0.5) after 1,000 episodes",
            BOYAN,
            float(weight),
            lambda i=i: mean(learnt_on_the_chain()[:, i]),
            rounding=0.01,  # the bias of a solution of random equations
        )
        for i, weight in enumerate((-24, -16, -8, 0))
    ),
    *(
        Number(
            f"walk of 1,000 states, semi-gradient TD: weight of states {100 * i + 1} to {100 * i + 100}",
            "exact: linear equations of the TD fixed point",
            float(walk_targets().td_fixed_point()[i]),
            lambda i=i: mean(learnt_on_the_walk()[:, i]),
        )
        for i in (0, 4, 9)
    ),
    *(
        Number(
            f"Tsitsiklis and Van Roy's two states, ε = {epsilon}: largest γ without divergence",
            f"{BOOK}, Example 11.1: 5/(6 − 4 ε)",
            5 / (6 - 4 * epsilon),
            lambda epsilon=epsilon: Found(factor(epsilon)),
        )
        for epsilon in (0.01, 0.1, 0.2)
    ),
    Number(
        "Baird's example, TDC in expectation: √VE after 1,000 sweeps",
        f"{BOOK}, section 11.7: still near 2",
        "2",
        lambda: Found(float(after_tdc()["expected TDC, √VE"][-1])),
        rounding=0.2,
    ),
    Number(
        "Baird's example, TDC in expectation: √PBE after 1,000 sweeps",
        f"{BOOK}, section 11.7: goes to 0",
        "0.00",
        lambda: Found(float(after_tdc()["expected TDC, √PBE"][-1])),
        rounding=0.01,
    ),
    Number(
        "Baird's example, emphatic TD in expectation: √VE after 1,000 sweeps",
        f"{BOOK}, section 11.8: goes to 0",
        0.0,
        lambda: Found(float(Emphasis().run()["√VE"][-1])),
    ),
    Number(
        "access-control queue, differential SARSA, ε = 0.1: average reward",
        f"{BOOK}, Example 10.2: about 2.31",
        "2.31",
        lambda: mean(AccessControlPolicy().run()["average reward"]),
        spread=0.14,  # of one run: R̄ moves with every step
    ),
]
