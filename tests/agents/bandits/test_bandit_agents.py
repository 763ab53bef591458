"""Bandit agents of the notes: formulas, scalar references and theorems [notes 1]."""

from dataclasses import replace
from math import ceil, inf, log, sqrt

import numpy as np
import pytest
from reference.bandits import play_by_index
from scipy import stats
from support.bandits import play

from rlnotes.agents import (
    ETC,
    MOSS,
    UCB,
    UCB1,
    EpsilonGreedy,
    EpsilonTGreedy,
    GradientBandit,
    OptimisticGreedy,
    Random,
    Thompson,
    UCBAsymptotic,
)
from rlnotes.agents.bandits.base.arm_kernels import argmax
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize(
    "agent", [UCB(), UCBAsymptotic(), UCB1(), MOSS(), Thompson(), EpsilonGreedy(epsilon=0.0), ETC(pulls=2)]
)
def test_every_arm_is_tried_before_any_is_tried_again(agent):
    history = play(replace(agent), lambda t, action: np.full(5, 1000.0), horizon=3)
    assert (np.sort(history, axis=0) == [[0] * 5, [1] * 5, [2] * 5]).all()


def test_arms_that_tie_are_played_with_the_same_probability():
    """Chi-squared tests with a false alarm probability of 1e-6 each; a probability off by 0.02 would be seen."""
    for agent in (UCB(), UCBAsymptotic(), UCB1(), MOSS(), EpsilonGreedy(epsilon=0.0)):
        for seed in (None, 12):
            history = play(replace(agent), lambda t, action: np.zeros(len(action)), runs=30_000, horizon=4, seed=seed)
            for t in (0, 1, 3):
                assert stats.chisquare(np.bincount(history[t], minlength=3)).pvalue > 1e-6
            assert stats.chi2_contingency(np.histogram2d(history[0], history[3], 3)[0]).pvalue > 1e-6


def test_arms_with_the_same_rewards_in_another_order_tie():
    """Binomial test with a false alarm probability of 1e-6."""
    paid = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # rewards per arm, in the order of its pulls
    history = play(ETC(pulls=3), lambda t, arm: paid[arm, min(t // 2, 2)], runs=10_000, horizon=7, k=2)
    assert stats.binomtest(int(history[6].sum()), 10_000).pvalue > 1e-6


@pytest.mark.parametrize("delta", [1e-300, 5e-324])
def test_ucb_accepts_the_smallest_delta(delta):
    history = play(UCB(delta=delta), lambda t, action: np.zeros(5))
    assert {tuple(np.unique(run)) for run in history.T} == {(0, 1, 2)}


def test_argmax_by_hand():
    mean = np.array([[1.0, inf, 0.0, 2.0], [0.5, inf, 3.0, 2.0], [0.0, 0.0, 0.0, 2.0]])
    width = np.array([[0.1, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.5, 1.0]])
    key = np.random.default_rng(0).integers(2**64, size=4, dtype=np.uint64)
    chosen = np.empty((200, len(key)), np.int64)
    for t, choice in enumerate(chosen):
        argmax(mean, width, 2.0, key, t, choice)
    assert set(chosen[:, 0]) == {1}  # 1.2, 2.5, 0
    assert set(chosen[:, 1]) == {0, 1}  # ∞, ∞, 2
    assert set(chosen[:, 2]) == {1}  # 2, 3, 1
    assert set(chosen[:, 3]) == {0, 1, 2}


@pytest.mark.parametrize(
    ("agent", "index"),
    [
        (UCB(delta=0.05), lambda mean, pulls, t: mean + sqrt(2 * log(1 / 0.05) / pulls)),
        (UCB(), lambda mean, pulls, t: mean + sqrt(2 * log(400**2) / pulls)),
        (UCBAsymptotic(), lambda mean, pulls, t: mean + sqrt(2 * log(1 + t * log(t) ** 2) / pulls)),
        (EpsilonGreedy(epsilon=0.0), lambda mean, pulls, t: mean),
        (UCB1(), lambda mean, pulls, t: mean + sqrt(2 * log(t - 1) / pulls)),
        (MOSS(), lambda mean, pulls, t: mean + sqrt(4 / pulls * log(max(1, 400 / (4 * pulls))))),
    ],
    ids=["notes 1.4, 1.5", "notes 1.4 with delta = 1/n²", "notes 1.6", "greedy", "UCB1", "MOSS"],
)
def test_notes_1_4_to_1_6_the_batch_plays_what_a_scalar_loop_plays(agent, index):
    runs, horizon, k = 20, 400, 4
    rewards = np.random.default_rng(5).normal([0.0, 0.2, 0.4, 0.6], 1.0, size=(runs, horizon, k))
    history = play(replace(agent), lambda t, action: rewards[np.arange(runs), t, action], runs, horizon, k)
    for run in range(runs):
        # The order in which the first k arms are tried is random: the reference follows it.
        order = list(history[:k, run])
        reference = play_by_index(index, rewards[run][:, order])
        assert [order[arm] for arm in reference] == list(history[:, run])


def test_notes_1_7_etc_plays_each_arm_m_times_and_commits():
    rewards = np.random.default_rng(5).normal(size=(50, 3))
    history = play(ETC(pulls=4), lambda t, action: rewards[t, action], runs=2)
    assert (history[:12] == np.tile([0, 1, 2], 4)[:, None]).all()
    best = max(range(3), key=lambda arm: rewards[arm:12:3, arm].mean())
    assert (history[12:] == best).all()


@pytest.mark.parametrize("gap", [1e-300, 1e-160, 1e160, 1e300])
def test_etc_accepts_any_gap(gap):
    assert ETC(gap=gap).exploration(1_000, 2) == 1


@pytest.mark.parametrize(("n", "gap"), [(1_000, 0.1), (1_000, 0.5), (10_000, 1.0), (100, 0.01)])
def test_etc_explores_for_a_known_gap_as_in_its_source(n, gap):
    assert ETC(gap=gap).exploration(n, 2) == max(1, ceil(4 / gap**2 * log(n * gap**2 / 4)))
    assert ETC().exploration(n, 2) == ceil((n / 2) ** (2 / 3) * log(n) ** (1 / 3))
    assert ETC(pulls=7).exploration(n, 2) == 7


@pytest.mark.parametrize("gap", [0.1, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("m", [1, 10, 50, 200])
def test_notes_1_7_regret_of_etc_is_exact(gap, m):
    """R_n = mΔ + (n − 2m) Δ Φ(−Δ √(m/2)): a run pays mΔ, and (n − 2m) Δ more if it commits to the wrong arm.

    A binomial test of the number of wrong runs has a false alarm probability of 1e-6. If the error of the mean is close
    to Gaussian, the mean is tested within 5 standard errors (6e-7).
    """
    n, runs = 1_000, 20_000
    regret = simulate(Cell(ETC(pulls=m), GaussianBandit(means=[gap, 0.0]), steps=n, runs=runs, seed=11)).outcome
    wrong_probability = stats.norm.cdf(-gap * sqrt(m / 2))
    wrong = np.isclose(regret, (n - m) * gap)
    assert (wrong | np.isclose(regret, m * gap)).all()
    assert stats.binomtest(int(wrong.sum()), runs, wrong_probability).pvalue > 1e-6
    if runs * wrong_probability > 100:
        exact = m * gap + (n - 2 * m) * gap * wrong_probability
        standard_error = (n - 2 * m) * gap * sqrt(wrong_probability * (1 - wrong_probability) / runs)
        assert abs(regret.mean() - exact) < 5 * standard_error


def test_notes_1_2_regret_of_random_play_is_the_mean_gap():
    """R_n = n (μ* − Σ μ_a / k) within 5 standard errors, a false alarm probability of 6e-7."""
    gaps = np.array([0.0, 1.0, 0.8])
    cell = Cell(Random(), GaussianBandit(means=list(-gaps)), steps=100, runs=5_000, seed=3)
    assert abs(simulate(cell).outcome.mean() - 100 * gaps.mean()) < 5 * gaps.std() * sqrt(100 / 5_000)


def test_notes_1_2_regret_is_the_sum_of_gaps_times_pulls():
    means, runs, steps = np.array([0.9, 0.5, 0.0]), 50, 300
    cell = Cell(UCB(), GaussianBandit(means=list(means)), steps=steps, runs=runs)
    agent = replace(cell.agent)
    env = cell.env.batch(runs)
    agent.begin(Problem.of(cell.env, env, steps), np.random.default_rng(0))
    env.reset(seed=0)
    env.reset = lambda **_: (np.zeros(runs, int), {})
    total = np.zeros(runs)
    step = env.step

    def counted(actions):
        outcome = step(actions)
        total[:] += outcome[4]["regret"]
        return outcome

    env.step = counted
    agent.learn(env, steps)
    np.testing.assert_allclose(total, (means.max() - means) @ agent.counts)
    assert (agent.counts.sum(axis=0) == steps).all()


def test_notes_1_3_the_bound_on_a_mean_fails_with_probability_at_most_delta():
    """P(μ ≥ μ̂ + √(2 log(1/δ)/n)) ≤ δ: of 200,000 means of n = 5 Gaussians, tested at a false alarm level of 1e-6.

    For Gaussians the probability is Φ(−√(2 log(1/δ))) exactly, which is below δ; halving the width would be seen.
    """
    delta, n, samples = 0.1, 5, 200_000
    means = np.random.default_rng().normal(size=(samples, n)).mean(axis=1)
    failures = int((means + sqrt(2 * log(1 / delta) / n) <= 0).sum())
    assert stats.binomtest(failures, samples, delta, alternative="greater").pvalue > 1e-6
    assert stats.binomtest(failures, samples, stats.norm.cdf(-sqrt(2 * log(1 / delta)))).pvalue > 1e-6
    narrow = int((means + sqrt(2 * log(1 / delta) / n) / 2 <= 0).sum())
    assert stats.binomtest(narrow, samples, delta, alternative="greater").pvalue < 1e-6


@pytest.mark.parametrize("agent", [MOSS(), Thompson()])
def test_moss_and_thompson_sampling_have_less_regret_than_ucb(agent):
    """On ten arms with common random numbers, by over 5 standard errors of the paired difference. MOSS is within its
    bound."""
    env, n = GaussianBandit(), 2_000
    regret, other = (simulate(Cell(a, env, steps=n, runs=500)).outcome for a in (agent, UCB()))
    assert (other - regret).mean() > 5 * (other - regret).std() / sqrt(500)
    assert regret.mean() < 39 * sqrt(10 * n)


@pytest.mark.parametrize("alpha", [0.2, None])
def test_optimistic_greedy_is_its_scalar_loop(alpha):
    """It plays the largest of the values that the formula gives; ties, at the start, are broken at random."""
    rewards = np.random.default_rng(5).normal([0.0, 0.2, 0.4], 1.0, size=(300, 3))
    history = play(OptimisticGreedy(initial=4, alpha=alpha), lambda t, action: rewards[t, action], 4, 300)
    for run in range(4):
        q, pulls = np.full(3, 4.0), np.zeros(3)
        for t in range(300):
            arm = history[t, run]
            assert q[arm] == q.max()
            pulls[arm] += 1
            q[arm] += (alpha or 1 / pulls[arm]) * (rewards[t, arm] - q[arm])
    assert set(history[:3, 0]) == {0, 1, 2}


def test_optimistic_greedy_explores_with_probability_epsilon():
    """Binomial test with a false alarm probability of 1e-6 on the arms that are not the best."""
    rewards = np.array([0.0, 0.0, 1.0])
    agent = OptimisticGreedy(initial=2.0, alpha=None, epsilon=0.3)
    history = play(agent, lambda t, action: rewards[action], runs=2_000, horizon=50)[30:]
    assert stats.binomtest(int((history != 2).sum()), history.size, 0.3 * 2 / 3).pvalue > 1e-6


def test_notes_1_8_ucb_without_a_gap_beats_etc_with_a_wrong_one():
    """With common random numbers, by over 5 standard errors of the paired difference."""
    env = GaussianBandit(means=[0.5, 0.0])
    etc, ucb = (
        simulate(Cell(agent, env, steps=1_000, runs=2_000)).outcome for agent in (ETC(gap=0.1), UCBAsymptotic())
    )
    difference = etc - ucb
    assert difference.mean() > 5 * difference.std() / sqrt(len(difference))


@pytest.mark.parametrize(
    ("agent", "settings", "message"),
    [
        (UCB, {"delta": 0.0}, "delta=0.0: must be between 0 and 1"),
        (UCB, {"delta": 1.0}, "delta=1.0: must be between 0 and 1"),
        (UCB, {"delta": float("nan")}, "delta=nan"),
        (EpsilonGreedy, {"epsilon": 1.5}, "epsilon=1.5: must be from 0 to 1"),
        (Thompson, {"posterior": "normal"}, "posterior=normal: unknown; must be gaussian or beta"),
        (EpsilonTGreedy, {"c": 0}, "c=0: must be a finite number above 0"),
        (EpsilonTGreedy, {"gap": 1.5}, "gap=1.5: must be above 0 and at most 1"),
        (OptimisticGreedy, {"initial": inf}, "initial=inf: must be a finite number"),
        (OptimisticGreedy, {"alpha": 0}, "alpha=0: must be above 0 and at most 1, or null"),
        (OptimisticGreedy, {"epsilon": 1.5}, "epsilon=1.5: must be from 0 to 1"),
        (UCB1, {"c": 0.0}, "c=0.0: must be a finite number above 0"),
        (GradientBandit, {"alpha": inf}, "alpha=inf: must be a finite number above 0"),
        (GradientBandit, {"baseline": "no"}, "baseline=no: must be true or false"),
        (ETC, {"pulls": 2.5}, "pulls=2.5: must be a whole number or null"),
        (ETC, {"pulls": float("nan")}, "pulls=nan: must be a whole number or null"),
        (EpsilonTGreedy, {"c": inf}, "c=inf: must be a finite number above 0"),
        (GradientBandit, {"alpha": 0}, "alpha=0: must be a finite number above 0"),
        (ETC, {"pulls": 0}, "pulls=0: must be a whole number, 1 or more"),
        (ETC, {"gap": 0.0}, "gap=0.0: must be a finite number above 0"),
        (ETC, {"gap": inf}, "gap=inf: must be a finite number above 0"),
        (ETC, {"gap": 0.5, "pulls": 3}, "gap=0.5: must be null if pulls=3"),
    ],
)
def test_a_bad_setting_is_named(agent, settings, message):
    with pytest.raises(SettingError) as error:
        agent(**settings)
    assert message in str(error.value)
