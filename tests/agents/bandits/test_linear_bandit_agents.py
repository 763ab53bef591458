"""Agents for linear bandits: against scalar loops of ridge regression, by hand, and their refusals."""

from dataclasses import replace
from math import inf, log, sqrt

import numpy as np
import pytest
from reference.bandits import lin_greedy, lin_thompson, lin_ucb, ridge
from scipy import stats
from support.bandits import contextual, meet, problem

from rlnotes.agents import LinEpsilonGreedy, LinThompson, LinUCB
from rlnotes.agents.bandits.base.arm_kernels import random_integer
from rlnotes.agents.base.agent import ProblemError, Transition
from rlnotes.base.errors import SettingError
from rlnotes.base.random_streams import Stream
from rlnotes.envs import GaussianBandit
from rlnotes.envs.base.rewards import UNKNOWN
from rlnotes.simulation.cell import Cell

RUNS, N, K, D = 4, 150, 3, 4
SPREAD = np.random.default_rng(5).uniform(-1, 1, (N, RUNS, K, D))
FEW = np.random.default_rng(5).integers(-1, 2, (N, RUNS, K, D)).astype(float)  # arms tie now and then
NOISE = np.random.default_rng(6).normal(size=(N, RUNS))
THETA = np.array([0.5, -0.5, 0.5, 0.1])


@pytest.mark.parametrize("contexts", [SPREAD, FEW], ids=["spread", "few"])
@pytest.mark.parametrize(
    ("agent", "index", "draws"),
    [
        (LinUCB(regularisation=0.5, norm=2.0, delta=0.1), lin_ucb, 0),
        (LinThompson(regularisation=0.5, v=0.3), lin_thompson, D),
        (LinEpsilonGreedy(regularisation=0.5, epsilon=0.0), lin_greedy, 0),
    ],
)
def test_the_batch_plays_the_actions_of_a_scalar_loop(agent, index, draws, contexts):
    """With the same normals. Arms with the same context tie, and a hash breaks the tie."""
    agent = replace(agent)
    paid = contexts @ THETA + NOISE[:, :, None]
    history = meet(agent, contextual(RUNS, N, K, D), lambda t, arm: paid[t, np.arange(RUNS), arm], contexts, seed=3)
    rng = np.random.default_rng(3)
    keys = rng.integers(2**64, size=RUNS, dtype=np.uint64)
    stream = Stream(rng)
    normal = np.array([stream.standard_normal((D, RUNS)) for _ in range(N)])
    ties = 0
    for run in range(RUNS):
        seen = []
        for t in range(N):
            x = contexts[t, run]
            v, theta = ridge(seen, D, 0.5)
            values = index(x, v, theta, normal[t, :, run])
            tied = [arm for arm in range(K) if np.isclose(values[arm], max(values), rtol=0, atol=1e-12)]
            ties += len(tied) > 1
            arm = tied[random_integer(keys[run], t + 1, len(tied)) if len(tied) > 1 else 0]
            assert arm == history[t, run], (run, t, values)
            seen.append((x[arm], paid[t, run, arm]))
        v, theta = ridge(seen, D, 0.5)
        np.testing.assert_allclose(np.tril(agent.inverse[:, :, run]), np.tril(np.linalg.inv(v)), atol=1e-12)
        np.testing.assert_allclose(agent.theta[:, run], theta, atol=1e-12)
        if isinstance(agent, LinUCB):
            np.testing.assert_allclose(agent.log_det[run], np.linalg.slogdet(v / 0.5)[1])
    assert ties > 0 or contexts is SPREAD


def after_one_reward(agent, runs=2, std=1.0):
    """The agent after x = (1, 0), the first of two arms, has paid 3 in every run."""
    contexts = np.tile(np.eye(2), (runs, 1, 1))
    agent.begin(contextual(runs, 10, 2, 2, std), np.random.default_rng())
    nothing = np.zeros(runs, bool)
    agent.update(Transition(contexts, np.zeros(runs, int), np.full(runs, 3.0), contexts, nothing, nothing))
    return agent


def test_ridge_regression_by_hand():
    """λ = 1: V = diag(2, 1), b = (3, 0), θ̂ = (1.5, 0), log det V = log 2."""
    agent = after_one_reward(LinUCB())
    np.testing.assert_allclose(agent.inverse, [[[0.5] * 2, [0.0] * 2], [[0.0] * 2, [1.0] * 2]])
    np.testing.assert_allclose(agent.theta, [[1.5] * 2, [0.0] * 2])
    np.testing.assert_allclose(agent.log_det, log(2))


def test_lin_ucb_by_hand():
    """√β = 1 + σ √(2 log(1/δ) + log 2): 1.5 + √β/√2 against √β; the second is larger if √β > 5.12."""
    contexts = np.tile(np.eye(2), (2, 1, 1))
    for sigma, arm in ((1.7, 0), (1.9, 1)):  # √β = 4.91 and 5.37
        agent = after_one_reward(LinUCB(delta=0.1), std=sigma)
        radius = 1 + sigma * sqrt(2 * log(10) + log(2))
        assert (agent.act(contexts) == arm).all()
        np.testing.assert_allclose(agent.index, [[1.5 + radius / sqrt(2)] * 2, [radius] * 2])
        assert (radius > 1.5 / (1 - sqrt(0.5))) == bool(arm)


def test_lin_ucb_with_alpha_by_hand():
    """1.5 + α/√2 against α, whatever σ, δ and S are; unknown rewards are no reason to refuse it."""
    contexts = np.tile(np.eye(2), (2, 1, 1))
    for alpha, arm in ((5.0, 0), (5.2, 1)):
        agent = after_one_reward(LinUCB(alpha=alpha, norm=7.0), std=3.0)
        assert (agent.act(contexts) == arm).all()
        np.testing.assert_allclose(agent.index, [[1.5 + alpha / sqrt(2)] * 2, [alpha] * 2])
    LinUCB(alpha=1.0).check(replace(contextual(), rewards=UNKNOWN))
    assert LinUCB(alpha=1.0).inferred(contextual()) == {}


def test_lin_ucb_has_the_default_delta_1_over_n():
    """Its index is the one with δ = 1/n; n = 10 here."""
    contexts = np.tile(np.eye(2), (2, 1, 1))
    default, same, other = (after_one_reward(LinUCB(delta=delta)) for delta in (None, 1 / 10, 1 / 100))
    for agent in (default, same, other):
        agent.act(contexts)
    np.testing.assert_allclose(default.index, same.index)
    assert (other.index > same.index).all()


def test_the_estimate_is_right_with_the_least_regularisation():
    """After 200 contexts of length 1, θ̂ and V⁻¹ equal their definitions within 1e-6."""
    agent, rng = LinThompson(regularisation=1e-8), np.random.default_rng(7)
    agent.begin(contextual(RUNS, 200, K, D), np.random.default_rng(0))
    nothing, seen = np.zeros(RUNS, bool), [[] for _ in range(RUNS)]
    for _ in range(200):
        contexts = rng.normal(size=(RUNS, K, D))
        contexts /= np.linalg.norm(contexts, axis=2, keepdims=True)
        arm, paid = agent.act(contexts), rng.normal(size=RUNS)
        agent.update(Transition(contexts, arm, paid, contexts, nothing, nothing))
        for run in range(RUNS):
            seen[run].append((contexts[run, arm[run]], paid[run]))
    for run in range(RUNS):
        v, theta = ridge(seen[run], D, 1e-8)
        np.testing.assert_allclose(agent.theta[:, run], theta, atol=1e-6)
        np.testing.assert_allclose(np.tril(agent.inverse[:, :, run]), np.tril(np.linalg.inv(v)), atol=1e-6)


def test_lin_thompson_plays_an_arm_with_its_posterior_probability_of_being_the_best():
    """θ̃ ~ N((1.5, 0), σ² diag(½, 1)): the second arm with probability Φ(−1.5 / (σ √1.5)). Binomial tests with a false
    alarm probability of 1e-6; a posterior with V in place of V⁻¹ would be seen."""
    runs = 100_000
    contexts = np.tile(np.eye(2), (runs, 1, 1))
    for agent, scale in ((LinThompson(), 0.8), (LinThompson(v=2.0), 2.0)):
        played = after_one_reward(agent, runs, std=0.8).act(contexts)
        assert stats.binomtest(int(played.sum()), runs, stats.norm.cdf(-1.5 / (scale * sqrt(1.5)))).pvalue > 1e-6


def test_lin_thompson_draws_from_a_posterior_that_is_not_diagonal():
    """x = (1, 1): V⁻¹ = [[2, −1], [−1, 2]]/3; θ̃_1 − θ̃_2 has variance 2, θ̃_1 + θ̃_2 2/3, within 5 standard errors."""
    runs = 50_000
    agent = LinThompson()
    contexts = np.tile([[1.0, 1.0], [0.0, 1.0]], (runs, 1, 1))
    agent.begin(contextual(runs, 10, 2, 2), np.random.default_rng())
    nothing = np.zeros(runs, bool)
    agent.update(Transition(contexts, np.zeros(runs, int), np.zeros(runs), contexts, nothing, nothing))
    agent.act(np.tile([[1.0, -1.0], [1.0, 1.0]], (runs, 1, 1)))
    for drawn, variance in zip(agent.index, (2, 2 / 3), strict=True):
        assert abs(drawn.var() / variance - 1) < 5 * sqrt(2 / runs)
    assert abs(np.corrcoef(agent.index)[0, 1]) < 5 / sqrt(runs)


def test_lin_epsilon_greedy_explores_with_probability_epsilon():
    """Binomial test with a false alarm probability of 1e-6 on the arm that is not the best."""
    runs = 100_000
    played = after_one_reward(LinEpsilonGreedy(epsilon=0.3), runs).act(np.tile(np.eye(2), (runs, 1, 1)))
    assert stats.binomtest(int(played.sum()), runs, 0.15).pvalue > 1e-6


@pytest.mark.parametrize(
    ("agent", "settings", "message"),
    [
        (LinUCB, {"regularisation": 0}, "regularisation=0: must be a finite number, 1e-8 or more"),
        (LinThompson, {"regularisation": 1e-16}, "regularisation=1e-16: must be a finite number, 1e-8 or more"),
        (LinUCB, {"delta": 0}, "delta=0: must be between 0 and 1"),
        (LinUCB, {"norm": inf}, "norm=inf: must be a finite number above 0"),
        (LinThompson, {"regularisation": inf}, "regularisation=inf: must be a finite number, 1e-8 or more"),
        (LinThompson, {"v": -1}, "v=-1: must be a finite number, 0 or more"),
        (LinEpsilonGreedy, {"epsilon": 2}, "epsilon=2: must be from 0 to 1"),
    ],
)
def test_a_bad_setting_is_named(agent, settings, message):
    with pytest.raises(SettingError) as error:
        agent(**settings)
    assert message in str(error.value)


def test_an_environment_that_does_not_fit_is_refused():
    with pytest.raises(SettingError, match=r"agent=lin_ucb: does not fit env=gaussian_bandit: it needs contexts, Box"):
        Cell(LinUCB(), GaussianBandit())
    for agent in (LinUCB(), LinThompson()):
        with pytest.raises(ProblemError, match=r"needs rewards whose range or standard deviation is known"):
            agent.check(contextual(std=None))
    for agent in (LinThompson(v=1.0), LinThompson(sigma=1.0), LinUCB(sigma=1.0)):
        agent.check(contextual(std=None))
    LinEpsilonGreedy().check(contextual(std=None))
    with pytest.raises(ProblemError, match="needs contexts"):
        LinEpsilonGreedy().check(problem())
