"""Bandit agents that act at random."""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.bandits import tsallis
from scipy import stats
from support.bandits import after_rewards, play, problem

from rlnotes.agents import (
    EpsilonGreedy,
    EpsilonTGreedy,
    Exp3,
    Exp3IX,
    GradientBandit,
    Thompson,
    TsallisINF,
)
from rlnotes.agents.bandits.base.arm_kernels import random_integer
from rlnotes.agents.bandits.tsallis_inf import draw
from rlnotes.agents.base.agent import ProblemError
from rlnotes.base.errors import SettingError
from rlnotes.base.random_streams import Stream
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def keys_and_stream(seed, runs):
    """The keys of ties and the stream of a bandit agent."""
    rng = np.random.default_rng(seed)
    return rng.integers(2**64, size=runs, dtype=np.uint64), Stream(rng)


def test_epsilon_greedy_explores_with_probability_epsilon():
    """Binomial test with a false alarm probability of 1e-6 on the arms that are not the best, after all are tried."""
    rewards = np.array([0.0, 0.0, 1.0])
    history = play(EpsilonGreedy(epsilon=0.3), lambda t, action: rewards[action], runs=2_000, horizon=45)[25:]
    assert stats.binomtest(int((history != 2).sum()), history.size, 0.3 * 2 / 3).pvalue > 1e-6


def test_thompson_plays_an_arm_with_its_posterior_probability_of_being_the_best():
    """Φ((μ̂_1 − μ̂_0) / √(1/T_0 + 1/T_1)) of normals; ∫ f_1 F_0 of Beta(3, 2) and Beta(2, 4). Binomial tests with a false
    alarm probability of 1e-6; a probability off by 0.015 would be seen."""
    runs = 200_000
    gaussian = after_rewards(Thompson(), ([0.3, 0.7], [1.0, 0.2, 0.9]), runs, kind="unknown").act(None)
    expected = stats.norm.cdf((0.7 - 0.5) / sqrt(1 / 2 + 1 / 3))
    assert stats.binomtest(int(gaussian.sum()), runs, expected).pvalue > 1e-6
    beta = after_rewards(Thompson(posterior="beta"), ([1, 1, 0], [0, 1, 0, 0]), runs).act(None)
    expected = stats.beta(2, 4).expect(stats.beta(3, 2).cdf)
    assert stats.binomtest(int(beta.sum()), runs, expected).pvalue > 1e-6


def test_thompson_uses_its_prior():
    """By the same binomial tests. N(1, 2²) with σ = 3: no reward leaves N(1, 4), and two rewards with the sum 5 give
    N((9 + 4 · 5)/17, 36/17). Beta(½, 4): no reward leaves it, and three rewards with the sum 1 give Beta(1.5, 6)."""
    runs = 200_000
    gaussian = after_rewards(Thompson(prior=[1.0, 2.0], sigma=3.0), ([], [2.0, 3.0]), runs, kind="gaussian").act(None)
    expected = stats.norm.cdf((29 / 17 - 1) / sqrt(36 / 17 + 4))
    assert stats.binomtest(int(gaussian.sum()), runs, expected).pvalue > 1e-6
    beta = after_rewards(Thompson(prior=[0.5, 4.0]), ([], [1, 0, 0]), runs).act(None)
    expected = stats.beta(1.5, 6).expect(stats.beta(0.5, 4).cdf)
    assert stats.binomtest(int(beta.sum()), runs, expected).pvalue > 1e-6


def test_with_a_prior_and_no_noise_one_reward_says_the_mean():
    agent = after_rewards(Thompson(prior=[0.0, 1.0], sigma=0.0), ([0.25], [-0.5]), 5, kind="unknown")
    assert (agent.act(None) == 0).all()
    assert agent.drawn.tolist() == [[0.25] * 5, [-0.5] * 5]


def test_the_prior_from_which_means_are_drawn_has_less_regret_than_the_flat_one():
    """With common random numbers, by over 5 standard errors of the paired difference."""
    env = GaussianBandit(arms=20)
    drawn, flat = (simulate(Cell(Thompson(prior=p), env, steps=200, runs=500)).outcome for p in ([0.0, 1.0], None))
    assert (flat - drawn).mean() > 5 * (flat - drawn).std() / sqrt(500)


@pytest.mark.parametrize("prior", [[], [1.0], [1.0, 0.0], [1.0, float("inf")], [float("nan"), 1.0], [1.0, 1.0, 1.0]])
def test_a_bad_prior_is_named(prior):
    with pytest.raises(SettingError, match=r"^prior=.*: must be two numbers, the second from 1e-06 to 1e\+06, or null"):
        Thompson(prior=prior)
    with pytest.raises(ProblemError, match=r"needs a prior of two numbers, 1e-06 or more, for posterior=beta"):
        Thompson(prior=[0.0, 1.0]).check(problem(rewards="binary"))


@pytest.mark.parametrize("kind", ["unknown", "gaussian", "bounded"])
def test_thompson_with_beta_refuses_rewards_that_may_differ_from_0_and_1(kind):
    with pytest.raises(ProblemError, match="needs rewards 0 and 1 for posterior=beta; gaussian takes any"):
        Thompson(posterior="beta").check(problem(rewards=kind))


def test_with_beta_a_run_does_not_depend_on_its_neighbours_either():
    agent, uniform = Thompson(posterior="beta"), np.random.default_rng(1).random((200, 5))
    one = (uniform < 0.5).astype(float)
    other = np.where(np.arange(5) == 3, 1 - one, one)
    a, b = (play(agent, lambda t, arm, x=x: x[t], horizon=200, rewards="binary") for x in (one, other))
    assert (a != b)[:, 3].any()
    assert (np.delete(a, 3, axis=1) == np.delete(b, 3, axis=1)).all()


def test_gaussian_thompson_is_its_scalar_loop():
    """With the same normals; arms without a pull tie."""
    runs, horizon, k = 4, 200, 3
    rewards = np.random.default_rng(5).normal([0.0, 0.3, 0.6], 1.0, size=(runs, horizon, k))
    history = play(Thompson(), lambda t, arm: rewards[np.arange(runs), t, arm], runs, horizon, k, seed=3)
    keys, stream = keys_and_stream(3, runs)
    normal = np.array([stream.standard_normal((k, runs)) for _ in range(horizon)])
    for run in range(runs):
        paid = [[] for _ in range(k)]
        for t in range(1, horizon + 1):
            z = normal[t - 1, :, run]
            drawn = [np.mean(x) + z[arm] / sqrt(len(x)) if x else np.inf for arm, x in enumerate(paid)]
            tied = [arm for arm in range(k) if drawn[arm] == max(drawn)]
            arm = tied[random_integer(keys[run], t, len(tied)) if len(tied) > 1 else 0]
            assert arm == history[t - 1, run]
            paid[arm].append(rewards[run, t - 1, arm])


@pytest.mark.parametrize(
    ("agent", "rate", "implicit"),
    [
        (Exp3(), lambda t: sqrt(2 * log(3) / (300 * 3)), 0.0),
        (Exp3(eta=0.3), lambda t: 0.3, 0.0),
        (Exp3IX(), lambda t: sqrt(log(3) / (3 * t)), 0.5),
        (Exp3IX(eta=0.3), lambda t: 0.3, 0.5),
    ],
)
def test_exp3_is_its_scalar_loop(agent, rate, implicit):
    """Its estimates are those of the source, 1 − 1{A = i}(1 − X)/(P + γ); the same uniform numbers choose the arms."""
    runs, horizon, k = 5, 300, 3
    rewards = np.random.default_rng(5).random((runs, horizon, k)) ** [3.0, 1.0, 0.5]
    agent = replace(agent)
    history = play(agent, lambda t, arm: rewards[np.arange(runs), t, arm], runs, horizon, k, seed=3, rewards="bounded")
    _, stream = keys_and_stream(3, runs)
    uniform = np.array([stream.random(runs) for _ in range(horizon)])
    for run in range(runs):
        total = np.zeros(k)
        for t in range(1, horizon + 1):
            weight = np.exp(rate(t) * total)
            probability = weight / weight.sum()
            arm = int(np.searchsorted(np.cumsum(probability), uniform[t - 1, run], side="right"))
            assert arm == history[t - 1, run]
            loss = (np.arange(k) == arm) * (1 - rewards[run, t - 1, arm]) / (probability + implicit * rate(t))
            total += 1 - loss


@pytest.mark.parametrize("agent", [Exp3, Exp3IX])
def test_exp3_is_uniform_at_first_and_then_as_by_hand(agent):
    """The arm that paid 0 has L̂ = 1/(1/2 + γ), so the other of the two has P = 1/(1 + exp(−η/(1/2 + γ)))."""
    runs, eta = 50_000, 0.5
    history = play(agent(eta=eta), lambda t, arm: (arm == 1).astype(float), runs, 2, 2, rewards="bounded")
    assert stats.binomtest(int(history[0].sum()), runs, 0.5).pvalue > 1e-6
    after_a_loss = history[1][history[0] == 0]
    chance = 1 / (1 + exp(-eta / (0.5 + (eta / 2 if agent is Exp3IX else 0))))
    assert stats.binomtest(int(after_a_loss.sum()), len(after_a_loss), chance).pvalue > 1e-6


@pytest.mark.parametrize("reduced", [False, True])
def test_tsallis_inf_is_its_scalar_loop(reduced):
    """Its losses are those of the source; the same uniform numbers choose the arms, and bisection finds x."""
    runs, horizon, k = 5, 300, 3
    rewards = np.random.default_rng(5).random((runs, horizon, k)) ** [3.0, 1.0, 0.5]
    agent = TsallisINF(reduced_variance=reduced)
    history = play(agent, lambda t, arm: rewards[np.arange(runs), t, arm], runs, horizon, k, seed=3, rewards="bounded")
    _, stream = keys_and_stream(3, runs)
    uniform = np.array([stream.random(runs) for _ in range(horizon)])
    for run in range(runs):
        total = np.zeros(k)
        for t in range(1, horizon + 1):
            eta = (4 if reduced else 2) / sqrt(t)
            probability = tsallis(total, eta)
            arm = int(np.searchsorted(np.cumsum(probability), uniform[t - 1, run], side="right"))
            assert arm == history[t - 1, run]
            baseline = 0.5 * reduced * (probability >= eta**2)
            total += baseline + (np.arange(k) == arm) * (1 - rewards[run, t - 1, arm] - baseline) / probability
    np.testing.assert_allclose(agent.probability[:, -1], probability, rtol=1e-6)


def test_tsallis_inf_by_hand():
    """η_1 = 2: equal losses have x = −√2 and P = ½. The arm that paid 0 has L̂ = 2, and η_2 = √2: √P = √2 / (L̂ − x), so
    2/x² + 2/(2 − x)² = 1, and z = (1 − x)² solves z² − 6z − 3 = 0: x = 1 − √(3 + 2√3) and P = 2/(2 − x)²."""
    runs = 50_000
    history = play(TsallisINF(), lambda t, arm: (arm == 1).astype(float), runs, 2, 2, rewards="bounded")
    assert stats.binomtest(int(history[0].sum()), runs, 0.5).pvalue > 1e-6
    after_a_loss = history[1][history[0] == 0]
    chance = 1 - 2 / (1 + sqrt(3 + 2 * sqrt(3))) ** 2
    assert stats.binomtest(int(after_a_loss.sum()), len(after_a_loss), chance).pvalue > 1e-6


@given(
    loss=st.lists(st.floats(0, 1e6), min_size=1, max_size=20),
    eta=st.floats(1e-4, 4),
    start=st.one_of(st.just(np.inf), st.floats(-1e7, 1e7)),
)
def test_newtons_method_finds_the_probabilities_of_tsallis_inf_from_any_start(loss, eta, start):
    probability = np.zeros((len(loss), 1))
    draw(np.array(loss)[:, None], eta, np.array([start]), np.array([0.5]), probability)
    np.testing.assert_allclose(probability[:, 0], tsallis(np.array(loss), eta), rtol=1e-5)
    assert probability.sum() == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("agent", [Exp3, Exp3IX])
def test_a_bad_learning_rate_is_named(agent):
    for eta in (0, -1, float("nan"), float("inf")):
        with pytest.raises(SettingError, match=f"eta={eta}: must be a finite number above 0, or null"):
            agent(eta=eta)


@pytest.mark.parametrize("baseline", [True, False])
def test_the_gradient_bandit_is_its_scalar_loop(baseline):
    """The softmax by its definition, the arm from the same uniform number, the baseline from the rewards before."""
    runs, horizon, k = 5, 300, 3
    rewards = np.random.default_rng(5).normal([0.0, 0.5, 4.0], 1.0, size=(runs, horizon, k))
    agent = GradientBandit(alpha=0.3, baseline=baseline)
    history = play(agent, lambda t, action: rewards[np.arange(runs), t, action], runs, horizon, k, seed=3)
    _, stream = keys_and_stream(3, runs)
    uniform = np.array([stream.random(runs) for _ in range(horizon)])
    for run in range(runs):
        preference, seen = np.zeros(k), []
        for t in range(horizon):
            policy = np.exp(preference) / np.exp(preference).sum()
            arm = int(np.searchsorted(np.cumsum(policy), uniform[t, run], side="right"))
            assert arm == history[t, run]
            reward = rewards[run, t, arm]
            mean = (np.mean(seen) if seen else reward) if baseline else 0.0
            preference += 0.3 * (reward - mean) * ((np.arange(k) == arm) - policy)
            seen.append(reward)


def test_epsilon_t_greedy_explores_less_and_less():
    """ε_t = min{1, 2 · 3 / (0.8² t)}: it plays an arm that is not the best with probability ε_t · 2/3. Each step is
    tested within 5 standard deviations, 3e-5 false alarms in 50 steps."""
    runs = 20_000
    history = play(EpsilonTGreedy(c=2, gap=0.8), lambda t, action: (action == 2) * 1.0, runs)
    epsilon = np.minimum(1, 2 * 3 / 0.8**2 / np.arange(1, 51))
    other = (history != 2).mean(axis=1)[12:]  # by then every arm was tried, but in 2 of 100 runs
    tried = (2 / 3) ** 12 * 3
    assert (np.abs(other - epsilon[12:] * 2 / 3) < 5 * np.sqrt(epsilon[12:] / runs) + tried).all()
