"""Index policies: each against a scalar loop with the same ties, by hand, and by its theorem."""

from dataclasses import replace
from itertools import pairwise
from math import ceil, inf, log, sqrt

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from reference import bandits as reference
from reference.bandits import bernoulli, each, largest, ucb_tuned, ucb_v
from support.bandits import after_rewards, meet, play, problem

from rlnotes.agents import (
    ETC,
    IMED,
    KLUCB,
    UCB1,
    UCBV,
    BayesUCB,
    DiscountedUCB,
    DoublingETC,
    KLUCBPlusPlus,
    MOSSAnytime,
    SlidingWindowUCB,
    SuccessiveElimination,
    UCBTuned,
)
from rlnotes.agents.bandits.base.arm_kernels import random_integer
from rlnotes.agents.bandits.base.bounded_divergence import least_divergence
from rlnotes.agents.base.agent import Transition
from rlnotes.base.errors import SettingError
from rlnotes.envs import BetaBandit, ExponentialBandit, GaussianBandit
from rlnotes.envs.base.actions import ActionMask
from rlnotes.envs.base.rewards import Rewards
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

N, K, RUNS = 300, 4, 6


RULES = {
    "UCB1, c = √8 (AUER)": (UCB1(c=sqrt(8)), each(reference.ucb1(sqrt(8))), "bounded"),
    "UCB-V": (UCBV(), each(ucb_v), "bounded"),
    "UCB1-tuned": (UCBTuned(), each(ucb_tuned), "bounded"),
    "KL-UCB": (KLUCB(), reference.kl_ucb(0), "bounded"),
    "KL-UCB, c = 3": (KLUCB(c=3.0), reference.kl_ucb(3), "bounded"),
    "Gaussian KL-UCB": (KLUCB(), each(reference.gaussian_kl_ucb), "gaussian"),
    "KL-UCB++": (KLUCBPlusPlus(), reference.kl_ucb_plus_plus(N, largest), "bounded"),
    "Gaussian KL-UCB++": (
        KLUCBPlusPlus(),
        reference.kl_ucb_plus_plus(N, lambda mean, budget: mean + sqrt(2 * budget)),
        "gaussian",
    ),
    "Bayes-UCB": (BayesUCB(), reference.bayes_ucb(N, 0, reference.beta_quantile), "binary"),
    "Bayes-UCB, c = 5": (BayesUCB(c=5.0), reference.bayes_ucb(N, 5, reference.beta_quantile), "binary"),
    "Gaussian Bayes-UCB": (BayesUCB(), reference.bayes_ucb(N, 0, reference.gaussian_quantile), "gaussian"),
    "IMED": (IMED(), reference.bounded_imed, "bounded"),
    "Bernoulli IMED": (IMED(divergence="bernoulli"), reference.imed(bernoulli), "bounded"),
    "IMED of 0 and 1": (IMED(), reference.imed(bernoulli), "binary"),
    "Gaussian IMED": (IMED(), reference.imed(reference.gaussian), "gaussian"),
    "MOSS-anytime": (MOSSAnytime(), each(reference.moss_anytime), "unknown"),
    "SW-UCB": (SlidingWindowUCB(), reference.sliding_window_ucb(ceil(2 * sqrt(N * log(N))), 2.0), "unknown"),
    "SW-UCB, τ = 40": (SlidingWindowUCB(window=40), reference.sliding_window_ucb(40, 1.0), "bounded"),
    "SW-UCB, τ = 9": (SlidingWindowUCB(window=9), reference.sliding_window_ucb(9, 1.0), "bounded"),
    "D-UCB": (DiscountedUCB(), reference.discounted_ucb(1 - 1 / (4 * sqrt(N)), 2.0), "unknown"),
    "D-UCB, γ = 0.9": (DiscountedUCB(gamma=0.9), reference.discounted_ucb(0.9, 1.0), "bounded"),
}
"""settings of an agent, its scalar rule, and the kind of rewards"""


@pytest.mark.parametrize("chance", [1.0, 0.4], ids=["all arms", "some arms"])
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_the_batch_plays_the_actions_of_a_scalar_loop(rule, binary, chance):
    """The same hash breaks ties: at the start, and also later if rewards are 0 and 1.

    If only some arms are available, the loop plays the best of these; IMED compares these only.
    """
    agent, indices, kind = RULES[rule]
    draws = np.random.default_rng(5)
    rewards = draws.normal([0.0, 0.2, 0.4, 0.6], 1.0, size=(RUNS, N, K))
    if kind in ("bounded", "binary"):
        rewards = draws.random((RUNS, N, K)) ** [2.0, 1.5, 1.2, 1.0]
    if binary or kind == "binary":
        rewards = (rewards > 0.5).astype(float)
    available = draws.random((N, RUNS, K)) < chance
    available[..., 0] |= ~available.any(axis=2)
    met = problem(RUNS, N, K, kind)
    met = met if chance == 1 else replace(met, observation_space=ActionMask(K))
    seen = available.astype(np.int8)
    history = meet(replace(agent), met, lambda t, arm: rewards[np.arange(RUNS), t, arm], seen, seed=3)
    keys = np.random.default_rng(3).integers(2**64, size=RUNS, dtype=np.uint64)
    ties = apart = 0
    for run in range(RUNS):
        own = []
        for t in range(1, N + 1):
            there = np.flatnonzero(available[t - 1, run])
            known = [(arm, x) for arm, x in own if arm in there] if "IMED" in rule else own
            values = indices(known, t, K)
            tied = [arm for arm in there if values[arm] >= max(values[i] for i in there) - 1e-12]
            ties += t > K and len(tied) > 1
            arm = history[t - 1, run]
            assert arm in tied, (run, t, values)
            apart += arm != tied[random_integer(keys[run], t, len(tied)) if len(tied) > 1 else 0]
            own.append((arm, rewards[run, t - 1, arm]))
    assert apart <= 0.02 * RUNS * N  # ties that rounding breaks
    assert ties > 0 or not binary or rule.startswith("D-UCB")  # pulls of two arms never have the same age


@given(
    ones=st.integers(0, 60), zeros=st.integers(0, 60), best=st.floats(1e-6, 1 - 1e-6), start=st.floats(1e-3, 1 - 1e-3)
)
def test_d_inf_on_rewards_0_and_1_is_the_divergence_of_bernoulli_distributions(ones, zeros, best, start):
    pulls = ones + zeros
    assume(pulls > 0)
    assume(ones / pulls < best)
    rewards = np.random.default_rng(ones).permutation([1.0] * ones + [0.0] * zeros)
    found, _ = least_divergence(rewards, np.arange(-1, pulls - 1, dtype=np.int32), pulls - 1, best, 1.0, start)
    assert found == pytest.approx(pulls * bernoulli(ones / pulls, best), rel=1e-9, abs=1e-12)


@example(rewards=[0.0] * 9 + [4.999999999999999], share=0.5, start=0.5)
@given(
    rewards=st.lists(st.floats(-2, 5), min_size=1, max_size=30),
    share=st.floats(0.01, 0.99),
    start=st.floats(1e-3, 1 - 1e-3),
)
def test_d_inf_is_the_maximum_of_its_formula(rewards, share, start):
    """Rewards of at most 5, against bisection; and its derivative in μ* is u / (b − μ*), which bounds it from below."""
    best = (1 - share) * np.mean(rewards) + share * 5
    assume(best - np.mean(rewards) > 1e-3)
    assume(5 - best > 1e-3)
    before, last = np.arange(-1, len(rewards) - 1, dtype=np.int32), len(rewards) - 1
    found, u = least_divergence(np.array(rewards), before, last, best, 5.0, start)
    exact = len(rewards) * reference.least_divergence(rewards, best, 5.0)
    assert found == pytest.approx(exact, rel=1e-9, abs=1e-12)
    for other in (best - 0.3, (best + 5) / 2):
        if other > np.mean(rewards):
            tangent = found + len(rewards) * u / (5 - best) * (other - best)
            assert len(rewards) * reference.least_divergence(rewards, other, 5.0) >= tangent - 1e-6


def test_d_inf_by_hand():
    """Rewards ½ and b = 1: u = 1 gives log(½ / (1 − μ*)) = log 2 at μ* = ¾. One reward 0: −log(1 − μ*)."""
    half, zero, first = np.array([0.5, 0.5]), np.array([0.0]), np.array([-1, 0], np.int32)
    assert least_divergence(half, first, 1, 0.75, 1.0, 0.5) == (pytest.approx(2 * log(2)), 1.0)
    assert least_divergence(zero, first, 0, 0.75, 1.0, 0.5)[0] == pytest.approx(log(4))


def test_imed_uses_how_little_bounded_rewards_vary():
    """Beta arms of concentration 20, where a reward varies a fifth as much as Bernoulli's: a third of the regret."""
    env = BetaBandit(means=[0.5, 0.4, 0.4], concentration=20.0)
    ours, of_bernoulli = (
        simulate(Cell(agent, env, steps=2_000, runs=100)).outcome.mean() for agent in (IMED(), IMED("bernoulli"))
    )
    assert 3 * ours < of_bernoulli


def test_imed_on_rewards_at_their_bound_plays_the_arm_that_reaches_it():
    history = play(IMED(), lambda t, arm: np.where(arm == 1, 1.0, 0.25), RUNS, 50, 3, rewards="bounded")
    assert (history[3:] == 1).all()


@pytest.mark.parametrize(("agent", "rule"), [(UCBV(), ucb_v), (UCBTuned(), ucb_tuned)])
def test_indices_with_a_variance_by_hand_for_rewards_from_minus_1_to_2(agent, rule):
    """b = 3: two pulls with rewards 2 and 0 have V = 1, three with reward −1 have V = 0; both indices at t = 6."""
    bounded = replace(problem(runs=1, k=2), rewards=Rewards(low=-1.0, high=2.0))
    agent.begin(bounded, np.random.default_rng(0))
    for arm, paid in ((0, 2.0), (1, -1.0), (0, 0.0), (1, -1.0), (1, -1.0)):
        agent.update(Transition(None, np.array([arm]), np.array([paid]), None, None, None))
    agent.act(None)
    expected = [rule([2.0, 0.0], 6, 2, b=3), rule([-1.0, -1.0, -1.0], 6, 2, b=3)]
    np.testing.assert_allclose(agent.index[:, 0], expected, rtol=1e-12)


def test_ucb_tuned_by_hand():
    """At t = 21, log 20 = 2.9957. One reward ½ has √(2 log 20) > ¼: its index is ½ + √(log 20 / 4) = 1.3654. With 19
    rewards 0, √(2 log 20 / 19) > ¼ too: the index is √(log 20 / 19 / 4) = 0.1985."""
    agent = after_rewards(UCBTuned(), [[0.5], [0.0] * 19], kind="bounded")
    agent.act(None)
    np.testing.assert_allclose(agent.index[:, 0], [1.3654, 0.1985], atol=5e-5)


def test_ucb_tuned_uses_a_small_variance_by_hand():
    """199 rewards 0 at t = 201: √(2 log 200 / 199) = 0.2308 < ¼, so the index is √(log 200 / 199 · 0.2308) = 0.0784."""
    agent = after_rewards(UCBTuned(), [[0.5], [0.0] * 199], kind="bounded")
    agent.act(None)
    assert agent.index[1, 0] == pytest.approx(0.0784, abs=5e-5)


@pytest.mark.parametrize(
    ("agent", "bonus"),
    [
        (SuccessiveElimination(delta=0.3), sqrt(2 * log(1 / 0.3))),
        (SuccessiveElimination(), sqrt(2 * log(N**2))),
    ],
)
def test_successive_elimination_is_its_scalar_loop(agent, bonus):
    rewards = np.random.default_rng(5).normal([0.0, 1.0, 2.0, 3.0], 1.0, size=(RUNS, N, K))
    agent = replace(agent)
    history = play(agent, lambda t, arm: rewards[np.arange(RUNS), t, arm], RUNS, N, K)
    for run in range(RUNS):
        assert list(history[:, run]) == reference.successive_elimination(rewards[run], bonus)
    assert agent.active.sum() < RUNS * K


def test_successive_elimination_by_hand():
    """With δ = e^−2 the radius is 2/√T: arms that pay 0 and 1.5 separate once 4/√T < 1.5, after eight pulls of each."""
    history = play(SuccessiveElimination(delta=np.exp(-2)), lambda t, arm: 1.5 * arm, runs=2, horizon=30, k=2)
    assert (history[:16] == np.tile([0, 1], 8)[:, None]).all()
    assert (history[16:] == 1).all()


def test_doubling_etc_is_an_etc_in_every_epoch():
    """Epochs of 20, 40, 80, … steps; in each of them ETC's scalar loop plays on the rewards of that epoch alone."""
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
        (BayesUCB, {"c": -1}, "c=-1: must be a finite number, 0 or more"),
        (KLUCBPlusPlus, {"divergence": "poisson"}, "divergence=poisson: must be bernoulli, gaussian or null"),
        (KLUCB, {"c": inf}, "c=inf: must be a finite number, 0 or more"),
        (KLUCB, {"divergence": "poisson"}, "divergence=poisson: must be bernoulli, gaussian or null"),
        (KLUCB, {"sigma": -1}, "sigma=-1: must be a finite number, 0 or more, or null"),
        (IMED, {"divergence": "normal"}, "divergence=normal: must be bounded, bernoulli, gaussian or null"),
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
        (UCBTuned(), GaussianBandit(), "it needs bounded rewards, not from"),
        (BayesUCB(posterior="beta"), BetaBandit(), "it needs rewards 0 and 1 for posterior=beta"),
        (KLUCB(), ExponentialBandit(), "it needs rewards whose range or standard deviation is known, or agent.sigma"),
        (IMED(), ExponentialBandit(), "it needs rewards whose range or standard deviation is known, or agent.sigma"),
        (KLUCB(divergence="bernoulli"), GaussianBandit(), "it needs rewards from 0 to 1, not from -inf to inf"),
        (IMED(divergence="bounded"), GaussianBandit(), "it needs rewards with an upper bound for divergence=bounded"),
    ],
)
def test_an_environment_that_does_not_fit_is_refused(agent, env, message):
    with pytest.raises(SettingError) as error:
        Cell(agent, env)
    assert message in str(error.value)
