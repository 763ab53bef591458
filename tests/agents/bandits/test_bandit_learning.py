"""Bandit agents learn: bounds on the regret, less than linear growth, and comparisons of regret."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from support.bandits import play

from rlnotes.agents import (
    IMED,
    KLUCB,
    MOSS,
    UCB1,
    UCBV,
    BayesUCB,
    DiscountedUCB,
    DoublingETC,
    Exp3,
    Exp3IX,
    KLUCBPlusPlus,
    LinEpsilonGreedy,
    LinThompson,
    LinUCB,
    MOSSAnytime,
    Random,
    SlidingWindowUCB,
    SuccessiveElimination,
    TsallisINF,
    UCBAsymptotic,
    UCBTuned,
)
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit, LinearBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def regret(agent, env, steps, runs=200, seed=1):
    """Final regret [runs]."""
    return simulate(Cell(agent, env, steps=steps, runs=runs, seed=seed)).outcome


def test_ucb_v_has_less_regret_than_its_bound_and_little_if_rewards_vary_little():
    """Below 10 Σ (σ²/Δ + 2b) log n by over 5 standard errors. On arms that pay 1 with probability 0.02 and 0.1 the
    paired regret is also below that of UCBAsymptotic, whose width assumes the largest variance."""
    means, n = [0.1, 0.02, 0.02], 5_000
    paid = regret(UCBV(), BernoulliBandit(means=means), n)
    bound = 10 * sum(0.02 * 0.98 / 0.08 + 2 for _ in means[1:]) * log(n)
    assert paid.mean() + 5 * paid.std() / sqrt(len(paid)) < bound
    other = regret(UCBAsymptotic(), BernoulliBandit(means=means), n)
    assert (other - paid).mean() > 5 * (other - paid).std() / sqrt(len(paid))


@pytest.mark.parametrize(
    ("agent", "other", "env"),
    [
        (KLUCB(), UCBAsymptotic(), BernoulliBandit(means=[0.9, 0.8, 0.7])),
        (IMED(), UCBAsymptotic(), BernoulliBandit(means=[0.9, 0.8, 0.7])),
        (IMED(), UCBAsymptotic(), GaussianBandit(means=[0.5, 0.0, 0.0])),
        (MOSSAnytime(), DoublingETC(), GaussianBandit(means=[0.5, 0.0, 0.0])),
        (MOSS(), SuccessiveElimination(), GaussianBandit(means=[0.5, 0.0, 0.0])),
        (UCBTuned(), UCB1(), BernoulliBandit(means=[0.9, 0.8, 0.7])),
        (BayesUCB(), KLUCB(c=3.0), BernoulliBandit(means=[0.9, 0.8, 0.7])),
        (KLUCBPlusPlus(), KLUCB(c=3.0), BernoulliBandit(means=[0.9, 0.8, 0.7])),
        (KLUCBPlusPlus(), MOSS(), BernoulliBandit(means=[0.1, 0.02, 0.02])),
        (TsallisINF(), Exp3(), BernoulliBandit(means=[0.9, 0.5, 0.5])),
        (TsallisINF(reduced_variance=True), TsallisINF(), BernoulliBandit(means=[0.9, 0.5, 0.5])),
    ],
)
def test_an_agent_with_more_knowledge_of_the_problem_has_less_regret(agent, other, env):
    """With common random numbers, by over 5 standard errors of the paired difference."""
    difference = regret(other, env, 2_000) - regret(agent, env, 2_000)
    assert difference.mean() > 5 * difference.std() / sqrt(len(difference))


@pytest.mark.parametrize("agent", [SlidingWindowUCB(), DiscountedUCB(gamma=0.99)])
def test_an_agent_that_forgets_finds_the_arm_that_became_the_best(agent):
    """Arms pay 0.5 and 0.1, and after 1,000 steps 0.5 and 0.9. In most of the steps 1,150 to 1,250 it plays the second
    arm. KL-UCB, which tries a bad arm more and more rarely, plays it in less than half."""
    uniform = np.random.default_rng(5).random((1_250, 50))

    def better(agent):
        paid = [np.array([0.5, 0.1 if t < 1_000 else 0.9]) for t in range(1_250)]
        history = play(agent, lambda t, arm: (uniform[t] < paid[t][arm]).astype(float), 50, 1_250, 2, rewards="binary")
        return (history[1_150:] == 1).mean()

    assert better(replace(agent)) > 0.7
    assert better(KLUCB()) < 0.5


@pytest.mark.parametrize(
    "agent",
    [
        UCBTuned(),
        UCBV(),
        KLUCB(),
        KLUCB(c=3.0),
        KLUCBPlusPlus(),
        IMED(),
        BayesUCB(),
        BayesUCB(c=5.0),
        MOSSAnytime(),
        SuccessiveElimination(),
        DoublingETC(first=125),
        TsallisINF(),
        TsallisINF(reduced_variance=True),
    ],
)
def test_regret_grows_less_than_linearly(agent):
    """The last 2,000 of 4,000 steps cost less than 0.85 of the first 2,000, by over 5 standard errors."""
    data = simulate(Cell(agent, BernoulliBandit(means=[0.9, 0.5, 0.1]), steps=4_000, runs=200, seed=2)).data
    middle = int(np.searchsorted(data["steps"], 2_000))
    difference = 0.85 * data["regret"][:, middle] - (data["regret"][:, -1] - data["regret"][:, middle])
    assert difference.mean() > 5 * difference.std() / sqrt(len(difference))


@pytest.mark.parametrize(("agent", "bound"), [(Exp3(), lambda n, k: sqrt(2 * n * k * log(k))), (Exp3IX(), None)])
@pytest.mark.parametrize(
    "env", [AdversarialBandit(arms=5, gap=0.5), BernoulliBandit(arms=5)], ids=["adversary", "means"]
)
def test_exp3_has_no_more_regret_than_its_bound(agent, bound, env):
    """Exp3's mean is below √(2nk log k) by over 5 standard errors. Exp3-IX's bound holds in at least 999 of 1,000 runs:
    more than 5 of 200 runs above it are a false alarm of probability 7e-8."""
    n, k = 2_000, 5
    paid = regret(agent, env, n)
    if bound:
        assert paid.mean() + 5 * paid.std() / sqrt(len(paid)) < bound(n, k)
    else:
        delta = 0.001
        most = 4 * sqrt(n * k * log(k)) + (2 * sqrt(n * k / log(k)) + 1) * log(2 / delta)
        assert (paid > most).sum() <= 5
    assert paid.mean() < 0.6 * regret(Random(), env, n).mean()


@pytest.mark.parametrize(
    "agent", [LinUCB(), LinThompson(), LinEpsilonGreedy(epsilon=0.0), LinEpsilonGreedy(epsilon=0.01)]
)
def test_the_regret_of_linear_agents_grows_less_than_linearly(agent):
    """The last 1,000 of 2,000 steps cost less than 0.8 of the first 1,000, by over 5 standard errors, and all steps
    less than half of the regret of random play."""
    env = LinearBandit(arms=8, dimension=3, std=0.5)
    data = simulate(Cell(agent, env, steps=2_000, runs=100, seed=2)).data
    middle = int(np.searchsorted(data["steps"], 1_000))
    difference = 0.8 * data["regret"][:, middle] - (data["regret"][:, -1] - data["regret"][:, middle])
    assert difference.mean() > 5 * difference.std() / sqrt(len(difference))
    assert data["regret"][:, -1].mean() < 0.5 * regret(Random(), env, 2_000, 100, 2).mean()


def test_lin_ucb_has_less_regret_than_its_bound():
    """R_n ≤ √(8 n β_n log(det V_n / λ^d)), det V_n / λ^d ≤ (1 + n/(λd))^d, fails in a run with probability δ = 1/n.
    More than 4 of 200 runs above it are a false alarm of probability 2e-6."""
    n, d, std = 1_000, 3, 0.5
    paid = regret(LinUCB(), LinearBandit(arms=8, dimension=d, std=std), n)
    log_det = d * log(1 + n / d)
    beta = (1 + std * sqrt(2 * log(n) + log_det)) ** 2
    assert (paid > sqrt(8 * n * beta * log_det)).sum() <= 4
