"""Bandit agents that play by chance."""

from math import sqrt

import numpy as np
import pytest
from conftest import play
from gymnasium.spaces import Discrete
from scipy import stats

from rlnotes.agents import (
    EpsilonGreedy,
    EpsilonTGreedy,
    GradientBandit,
    Thompson,
)
from rlnotes.agents.agent import Problem, Transition
from rlnotes.envs.errors import SettingError


def test_epsilon_greedy_explores_with_probability_epsilon():
    """Binomial test with a false alarm probability of 1e-6 on the arms that are not the best."""
    rewards = np.array([0.0, 0.0, 1.0])
    history = play(EpsilonGreedy(epsilon=0.3), lambda t, action: rewards[action], runs=2_000, horizon=23)[3:]
    assert stats.binomtest(int((history != 2).sum()), history.size, 0.3 * 2 / 3).pvalue > 1e-6


def taught(agent, rewards, runs):
    """The agent on two arms, each of which paid these rewards, in every run."""
    agent.begin(Problem(Discrete(1), Discrete(2), runs, 100, 1.0), np.random.default_rng(0))
    for arm, paid in enumerate(rewards):
        for reward in paid:
            action, nothing = np.full(runs, arm), np.zeros(runs, bool)
            agent.update(Transition(nothing, action, np.full(runs, float(reward)), nothing, nothing, nothing))
    return agent


def test_thompson_plays_an_arm_as_often_as_it_is_the_best_of_the_posterior():
    """Φ((μ̂_1 − μ̂_0) / √(1/T_0 + 1/T_1)) of normals; ∫ f_1 F_0 of Beta(3, 2) and Beta(2, 4). Binomial tests with a false
    alarm probability of 1e-6; a probability off by 0.015 would be seen."""
    runs = 200_000
    gaussian = taught(Thompson(), ([0.3, 0.7], [1.0, 0.2, 0.9]), runs).act(None)
    expected = stats.norm.cdf((0.7 - 0.5) / sqrt(1 / 2 + 1 / 3))
    assert stats.binomtest(int(gaussian.sum()), runs, expected).pvalue > 1e-6
    beta = taught(Thompson(posterior="beta"), ([1, 1, 0], [0, 1, 0, 0]), runs).act(None)
    expected = stats.beta(2, 4).expect(stats.beta(3, 2).cdf)
    assert stats.binomtest(int(beta.sum()), runs, expected).pvalue > 1e-6


def test_thompson_with_beta_refuses_what_is_not_0_or_1():
    with pytest.raises(SettingError, match=r"posterior=beta: needs rewards 0 and 1, not 0\.25; gaussian takes any"):
        taught(Thompson(posterior="beta"), ([1, 0.25], []), 3)


@pytest.mark.parametrize("baseline", [True, False])
def test_the_gradient_bandit_is_its_scalar_loop(baseline):
    """The softmax by its definition, the arm by the same uniform number, the mean of the rewards before."""
    runs, horizon, k = 5, 300, 3
    rewards = np.random.default_rng(5).normal([0.0, 0.5, 4.0], 1.0, size=(runs, horizon, k))
    agent = GradientBandit(alpha=0.3, baseline=baseline)
    history = play(agent, lambda t, action: rewards[np.arange(runs), t, action], runs, horizon, k, seed=3)
    uniform = np.random.default_rng(3)
    uniform.integers(2**64, size=runs, dtype=np.uint64)
    uniform = np.array([uniform.random(runs) for _ in range(horizon)])
    for run in range(runs):
        preference, seen = np.zeros(k), []
        for t in range(horizon):
            share = np.exp(preference) / np.exp(preference).sum()
            arm = int(np.searchsorted(np.cumsum(share), uniform[t, run], side="right"))
            assert arm == history[t, run]
            reward = rewards[run, t, arm]
            mean = (np.mean(seen) if seen else reward) if baseline else 0.0
            preference += 0.3 * (reward - mean) * ((np.arange(k) == arm) - share)
            seen.append(reward)


def test_epsilon_t_greedy_explores_less_and_less():
    """ε_t = min{1, 2 · 3 / (0.8² t)}: it plays an arm that is not the best in 2/3 of those steps, within 5 standard
    deviations in every step, 3e-5 false alarms in 50 steps."""
    runs = 20_000
    history = play(EpsilonTGreedy(c=2, gap=0.8), lambda t, action: (action == 2) * 1.0, runs)
    epsilon = np.minimum(1, 2 * 3 / 0.8**2 / np.arange(1, 51))
    other = (history != 2).mean(axis=1)[12:]  # by then every arm was tried, but in 2 of 100 runs
    tried = (2 / 3) ** 12 * 3
    assert (np.abs(other - epsilon[12:] * 2 / 3) < 5 * np.sqrt(epsilon[12:] / runs) + tried).all()
