"""Bandit agents that play by an index: each against a scalar loop, ties and all, by hand, and by its theorem."""

from dataclasses import replace
from itertools import pairwise
from math import ceil, fsum, inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bandits import play, problem

from rlnotes.agents import (
    ETC,
    IMED,
    KLUCB,
    UCBV,
    DiscountedUCB,
    DoublingETC,
    MOSSAnytime,
    SlidingWindowUCB,
    SuccessiveElimination,
)
from rlnotes.agents.bandits import kl_ucb
from rlnotes.agents.bandits.base.arm_kernels import random_integer
from rlnotes.agents.base.agent import Transition
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, GaussianBandit
from rlnotes.envs.base.rewards import Rewards
from rlnotes.simulation.cell import Cell

N, K, RUNS = 300, 4, 6


def mean(paid):
    """The mean of rewards, whatever their order."""
    return fsum(paid) / len(paid)


def bernoulli(p, q):
    """d(p, q) of two Bernoulli distributions."""
    return sum(x * log(x / y) if x and y else inf if x else 0.0 for x, y in ((p, q), (1 - p, 1 - q)))


def largest(p, budget):
    """max{q: d(p, q) ≤ budget}, by bisection."""
    low, high = p, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if bernoulli(p, middle) <= budget else (low, middle)
    return low


def arms_of(history):
    """The rewards of every arm."""
    return [[x for a, x in history if a == arm] for arm in range(K)]


def each(index):
    """The indices of a rule for one arm, `index(rewards, t)`, which holds once it was played."""
    return lambda history, t: [index(paid, t) if paid else inf for paid in arms_of(history)]


def imed(divergence):
    def indices(history, t):
        paid = arms_of(history)
        best = max((mean(x) for x in paid if x), default=0.0)
        return [-(len(x) * divergence(mean(x), best) + log(len(x))) if x else inf for x in paid]

    return indices


def sliding(tau, b):
    def indices(history, t):
        bonus = b * sqrt(0.6 * log(max(1, min(t - 1, tau))))
        return [mean(x) + bonus / sqrt(len(x)) if x else inf for x in arms_of(history[-tau:])]

    return indices


def discounted(gamma, b):
    def indices(history, t):
        weights, totals = [0.0] * K, [0.0] * K
        for arm, x in history:
            weights = [gamma * w + (i == arm) for i, w in enumerate(weights)]
            totals = [gamma * s + (i == arm) * x for i, s in enumerate(totals)]
        bonus = 2 * b * sqrt(0.6 * log(max(1.0, sum(weights))))
        return [s / w + bonus / sqrt(w) if w else inf for w, s in zip(weights, totals, strict=True)]

    return indices


def ucb_v(paid, t, b=1.0):
    variance, n, exploration = fsum((x - mean(paid)) ** 2 for x in paid) / len(paid), len(paid), 1.2 * log(t)
    return mean(paid) + sqrt(2 * exploration * variance / n) + 3 * b * exploration / n


def moss_anytime(paid, t):
    return mean(paid) + sqrt(2 * 2.35 / len(paid) * log(max(1, t / (K * len(paid)))))


GAUSSIAN = imed(lambda p, q: (p - q) ** 2 / 2)
RULES = {
    "UCB-V": (UCBV(), each(ucb_v), "bounded"),
    "KL-UCB": (KLUCB(), each(lambda paid, t: largest(mean(paid), log(t) / len(paid))), "bounded"),
    "KL-UCB, c = 3": (
        KLUCB(c=3.0),
        each(lambda paid, t: largest(mean(paid), (log(t) + 3 * log(max(1, log(t)))) / len(paid))),
        "bounded",
    ),
    "Gaussian KL-UCB": (KLUCB(), each(lambda paid, t: mean(paid) + sqrt(2 * log(t) / len(paid))), "gaussian"),
    "IMED": (IMED(), imed(bernoulli), "bounded"),
    "Gaussian IMED": (IMED(), GAUSSIAN, "gaussian"),
    "MOSS-anytime": (MOSSAnytime(), each(moss_anytime), "unknown"),
    "SW-UCB": (SlidingWindowUCB(), sliding(ceil(2 * sqrt(N * log(N))), 2.0), "unknown"),
    "SW-UCB, τ = 40": (SlidingWindowUCB(window=40), sliding(40, 1.0), "bounded"),
    "SW-UCB, τ = 9": (SlidingWindowUCB(window=9), sliding(9, 1.0), "bounded"),
    "D-UCB": (DiscountedUCB(), discounted(1 - 1 / (4 * sqrt(N)), 2.0), "unknown"),
    "D-UCB, γ = 0.9": (DiscountedUCB(gamma=0.9), discounted(0.9, 1.0), "bounded"),
}


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_the_batch_plays_what_a_scalar_loop_plays(rule, binary):
    """Of the arms that tie, at the start and, where rewards are 0 and 1, later, the same hash decides."""
    agent, indices, kind = RULES[rule]
    draws = np.random.default_rng(5)
    rewards = draws.normal([0.0, 0.2, 0.4, 0.6], 1.0, size=(RUNS, N, K))
    if kind == "bounded":
        rewards = draws.random((RUNS, N, K)) ** [2.0, 1.5, 1.2, 1.0]
    if binary:
        rewards = (rewards > 0.5).astype(float)
    history = play(agent, lambda t, arm: rewards[np.arange(RUNS), t, arm], RUNS, N, K, seed=3, rewards=kind)
    keys = np.random.default_rng(3).integers(2**64, size=RUNS, dtype=np.uint64)
    ties = 0
    for run in range(RUNS):
        own = []
        for t in range(1, N + 1):
            values = indices(own, t)
            tied = [arm for arm in range(K) if values[arm] == max(values)]
            ties += t > K and len(tied) > 1
            arm = tied[random_integer(keys[run], t, len(tied)) if len(tied) > 1 else 0]
            assert arm == history[t - 1, run], (run, t, values)
            own.append((arm, rewards[run, t - 1, arm]))
    assert ties > 0 or not binary or rule.startswith("D-UCB")  # whose pulls are never as old as another's


def test_ucb_v_by_hand_of_rewards_from_minus_1_to_2():
    """b = 3: two pulls that paid 2 and 0 have V = 1, three that paid −1 have 0; the index of each at t = 6."""
    agent = UCBV()
    bounded = replace(problem(runs=1, k=2), rewards=Rewards(low=-1.0, high=2.0))
    agent.begin(bounded, np.random.default_rng(0))
    for arm, paid in ((0, 2.0), (1, -1.0), (0, 0.0), (1, -1.0), (1, -1.0)):
        agent.update(Transition(None, np.array([arm]), np.array([paid]), None, None, None))
    agent.act(None)
    expected = [ucb_v([2.0, 0.0], 6, b=3), ucb_v([-1.0, -1.0, -1.0], 6, b=3)]
    np.testing.assert_allclose(agent.index[:, 0], expected, rtol=1e-12)


@given(p=st.floats(0, 1), budget=st.floats(1e-9, 50))
def test_at_the_index_of_kl_ucb_the_divergence_is_the_budget(p, budget):
    """d(p, q) = budget, to what a rounding of q or of p log p changes; or q = 1 to all digits."""
    entropy = p * np.log(p) + (1 - p) * np.log1p(-p) if 0 < p < 1 else 0.0
    q = kl_ucb.upper(p, entropy, budget)
    assert p <= q <= 1
    if q == 1:
        assert p == 1 or (budget - entropy) / (1 - p) > 36
    else:
        assert abs(bernoulli(p, q) - budget) <= 1e-14 * (1 + budget) + 1e-15 * (q - p) / (1 - q)


def test_the_index_of_kl_ucb_by_hand():
    """d(0, q) = −log(1 − q); d(1/2, q) = −½ log(4q(1 − q))."""
    assert kl_ucb.upper(0.0, 0.0, log(2)) == pytest.approx(0.5, abs=1e-15)
    assert kl_ucb.upper(0.5, -log(2), log(2)) == pytest.approx(0.5 + sqrt(3) / 4, abs=1e-15)
    assert kl_ucb.upper(1.0, 0.0, 3.0) == 1.0


def test_kl_ucb_solves_only_where_one_divergence_cannot_decide():
    """Of arms with 100 pulls each, whose means are 0.9, 0.5 and 0.88, the second cannot be the largest; and one that
    is as good as the first is solved, whichever was first."""
    means = np.array([[0.9, 0.9], [0.5, 0.9], [0.88, 0.2]])
    counts, index = np.full((3, 2), 100), np.zeros((3, 2))
    entropy = means * np.log(means) + (1 - means) * np.log(1 - means)
    for first in ([0, 1], [0, 0]):
        kl_ucb.bound(counts, means, entropy, np.array(first), log(1_000), index)
        assert index[0, 0] == pytest.approx(largest(0.9, log(1_000) / 100), abs=1e-14)
        assert index[1, 0] == index[2, 1] == -inf
        assert index[0, 1] == index[1, 1]


def successive_elimination(rewards, bonus):
    """The scalar loop of one run with rewards [n, k]."""
    active, paid, played = list(range(K)), [[] for _ in range(K)], []
    while True:
        for arm in active:
            if len(played) == len(rewards):
                return played
            paid[arm].append(rewards[len(played), arm])
            played.append(arm)
        radius = {arm: bonus / sqrt(len(paid[arm])) for arm in active}
        lower = max(mean(paid[arm]) - radius[arm] for arm in active)
        active = [arm for arm in active if mean(paid[arm]) + radius[arm] >= lower]


@pytest.mark.parametrize(
    ("agent", "bonus"),
    [
        (SuccessiveElimination(delta=0.3), sqrt(2 * log(1 / 0.3))),
        (SuccessiveElimination(), sqrt(2 * log(N**2))),
    ],
)
def test_successive_elimination_is_its_scalar_loop(agent, bonus):
    rewards = np.random.default_rng(5).normal([0.0, 1.0, 2.0, 3.0], 1.0, size=(RUNS, N, K))
    history = play(agent, lambda t, arm: rewards[np.arange(RUNS), t, arm], RUNS, N, K)
    for run in range(RUNS):
        assert list(history[:, run]) == successive_elimination(rewards[run], bonus)
    assert agent.active.sum() < RUNS * K


def test_successive_elimination_by_hand():
    """With δ = e^−2 the radius is 2/√T: arms that pay 0 and 1.5 part once 4/√T < 1.5, after eight pulls of each."""
    history = play(SuccessiveElimination(delta=np.exp(-2)), lambda t, arm: 1.5 * arm, runs=2, horizon=30, k=2)
    assert (history[:16] == np.tile([0, 1], 8)[:, None]).all()
    assert (history[16:] == 1).all()


def test_doubling_etc_is_an_etc_in_every_epoch():
    """Epochs of 20, 40, 80, … steps, in each of which ETC's scalar loop plays on that epoch's rewards alone."""
    rewards = np.random.default_rng(5).normal([0.0, 0.5, 1.0, 1.5], 1.0, size=(RUNS, N, K))
    history = play(DoublingETC(first=20), lambda t, arm: rewards[np.arange(RUNS), t, arm], RUNS, N, K)
    for begin, end in pairwise([0, 20, 60, 140, N]):
        length = 20 if begin == 0 else begin + 20
        m = ceil((length / K) ** (2 / 3) * log(length) ** (1 / 3))
        assert m == ETC().exploration(length, K)
        for run in range(RUNS):
            explored = min(end, begin + m * K)
            assert list(history[begin:explored, run]) == [i % K for i in range(explored - begin)]
            means = [rewards[run, begin + arm : explored : K, arm].mean() for arm in range(K)]
            assert (history[explored:end, run] == np.argmax(means)).all()


@pytest.mark.parametrize(
    ("agent", "settings", "message"),
    [
        (UCBV, {"zeta": 0}, "zeta=0: must be a finite number above 0"),
        (UCBV, {"c": -1}, "c=-1: must be a finite number, 0 or more"),
        (KLUCB, {"c": inf}, "c=inf: must be a finite number, 0 or more"),
        (KLUCB, {"divergence": "poisson"}, "divergence=poisson: must be bernoulli, gaussian or null"),
        (IMED, {"divergence": "normal"}, "divergence=normal: must be bernoulli, gaussian or null"),
        (MOSSAnytime, {"alpha": 0}, "alpha=0: must be a finite number above 0"),
        (SuccessiveElimination, {"delta": 1}, "delta=1: must be between 0 and 1"),
        (DoublingETC, {"first": 0}, "first=0: must be a whole number, 1 or more"),
        (SlidingWindowUCB, {"window": 0}, "window=0: must be a whole number, 1 or more"),
        (SlidingWindowUCB, {"xi": 0}, "xi=0: must be a finite number above 0"),
        (DiscountedUCB, {"gamma": "x"}, "gamma=x: must be a number or null"),
        (DiscountedUCB, {"gamma": 1.0}, "gamma=1.0: must be between 0 and 1"),
        (DiscountedUCB, {"xi": float("nan")}, "xi=nan: must be a finite number above 0"),
    ],
)
def test_a_bad_setting_is_named(agent, settings, message):
    with pytest.raises(SettingError) as error:
        agent(**settings)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("agent", "env", "message"),
    [
        (
            UCBV(),
            GaussianBandit(),
            "agent=ucb_v: does not fit env=gaussian_bandit: it needs bounded rewards, not from",
        ),
        (KLUCB(divergence="gaussian"), BernoulliBandit(), "it needs rewards whose standard deviation is known"),
        (KLUCB(divergence="bernoulli"), GaussianBandit(), "it needs rewards from 0 to 1, not from -inf to inf"),
        (
            IMED(),
            GaussianBandit(arms=2, std=[1.0, 2.0]),
            "it needs rewards from 0 to 1, or whose standard deviation",
        ),
    ],
)
def test_an_environment_without_what_it_needs_is_refused(agent, env, message):
    with pytest.raises(SettingError) as error:
        Cell(agent, env)
    assert message in str(error.value)
