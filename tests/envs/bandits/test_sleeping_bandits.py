"""Bandits whose arms come and go."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Discrete
from scipy import stats

from rlnotes import compare
from rlnotes.agents import EpsilonGreedy, Random
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit
from rlnotes.envs.base.actions import ActionError, ActionMask
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

BANDITS = [GaussianBandit, BernoulliBandit, BetaBandit, ExponentialBandit]


def course(env, steps, choose, seed=1):
    """Masks [steps, runs, arms], means of all arms, and infos; `choose(mask)` gives the actions."""
    mask, _ = env.reset(seed=seed)
    masks, means, infos = [], [], []
    for _ in range(steps):
        masks.append(mask.astype(bool))
        means.append(env.arm_means.copy())
        mask, _, _, _, info = env.step(choose(mask))
        infos.append(info)
    return np.array(masks), np.array(means), infos


def first(mask):
    """The first available arm: a policy with a fixed order."""
    return mask.argmax(axis=1)


def last(mask):
    """The last available arm."""
    return mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_each_arm_is_available_with_probability_p_and_one_always_is(p):
    """P(an arm) = p + (1 − p)^k / k and P(all arms) = p^k. Binomial tests with a false alarm probability of 1e-6."""
    masks, _, _ = course(GaussianBandit(arms=3, available=p, num_envs=1_000), 20, first)
    assert masks.any(axis=2).all()
    for arm in range(3):
        found = int(masks[..., arm].sum())
        assert stats.binomtest(found, 20_000, p + (1 - p) ** 3 / 3).pvalue > 1e-6 / 4
    assert stats.binomtest(int(masks.all(axis=2).sum()), 20_000, p**3).pvalue > 1e-6 / 4


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_the_regret_of_a_policy_with_a_fixed_order_is_known(p):
    """It plays the worse of two arms first: the regret of a step is Δ with probability p², if both are available,
    otherwise 0. The opposite order has none. Binomial test with a false alarm probability of 1e-6."""
    env = BernoulliBandit(means=[0.4, 0.65], available=p, num_envs=1_000)
    regret = np.array([info["regret"] for info in course(env, 50, first)[2]])
    assert stats.binomtest(round(regret.sum() / 0.25), regret.size, p**2).pvalue > 1e-6
    np.testing.assert_allclose(np.unique(regret), [0, 0.25])
    assert not np.array([info["regret"] for info in course(env, 50, last)[2]]).any()


@pytest.mark.parametrize("settings", [{}, {"drift": 0.1}, {"change_probability": 0.3}, {"changes": [4]}])
@pytest.mark.parametrize("bandit", BANDITS)
def test_the_regret_is_against_the_best_available_arm_of_the_step(bandit, settings):
    masks, means, infos = course(bandit(arms=4, available=0.5, num_envs=6, **settings), 10, last)
    for mask, mean, info in zip(masks, means, infos, strict=True):
        best = [max(mean[run][mask[run]]) for run in range(6)]
        played = mean[np.arange(6), last(mask)]
        np.testing.assert_array_equal(info["regret"], best - played)
        assert (info["optimal"] == (played == best)).all()


def test_common_random_numbers_the_available_arms_do_not_depend_on_the_actions():
    masks, others = (course(GaussianBandit(available=0.5, num_envs=5), 20, choose)[0] for choose in (first, last))
    assert (masks == others).all()
    assert (masks != course(GaussianBandit(available=0.5, num_envs=5), 20, first, seed=2)[0]).any()


def test_the_observation_is_a_mask_of_the_actions():
    env = gym.make("rlnotes/BernoulliBandit-v0", arms=5, available=0.4)
    mask, _ = env.reset(seed=0)
    for _ in range(20):
        assert isinstance(env.observation_space, ActionMask)
        assert env.observation_space.contains(mask)
        arm = Discrete(5, seed=0).sample(mask)
        assert mask[arm]
        mask = env.step(arm)[0]


def test_an_arm_that_is_not_available_cannot_be_played():
    env = GaussianBandit(arms=2, available=0.0, num_envs=3)
    mask, _ = env.reset(seed=0)
    with pytest.raises(ActionError, match="played an arm that is not available"):
        env.step(1 - first(mask))
    with pytest.raises(ActionError, match="there must be one action per run"):
        env.step(first(mask)[:2])


class First(BanditAgent):
    """Play the first arm."""

    def act(self, observation):
        return np.zeros(self.runs, int)


def test_an_agent_that_does_not_look_at_the_mask_is_named_in_one_line():
    with pytest.raises(SettingError, match=r"^agent=.*First: played an arm that is not available; must be one of"):
        simulate(Cell(First(), GaussianBandit(available=0.5), steps=100, runs=5))


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_wrong_probability_is_named(probability):
    with pytest.raises(SettingError, match=rf"^available={probability}: must be from 0 to 1, or null$"):
        GaussianBandit(available=probability)


@pytest.mark.parametrize("agent", ["etc", "exp3", "gradient_bandit", "lin_ucb", "q_learning", "value_iteration"])
def test_an_agent_that_needs_all_arms_is_refused_in_one_line(agent):
    needs = "it needs all actions in every step, and here some are not available"
    with pytest.raises(SettingError, match=rf"^agent={agent}: does not fit env=bernoulli_bandit: {needs}$"):
        compare(agent, BernoulliBandit(available=0.5), steps=10, runs=2, progress=False)


@pytest.mark.parametrize("agent", [Random(), EpsilonGreedy(epsilon=1.0)])
def test_random_play_has_the_same_probability_for_every_available_arm(agent):
    """Chi-squared test of 30,000 draws from three of four arms, with a false alarm probability of 1e-6."""
    env = GaussianBandit(arms=4, available=0.5, num_envs=30_000)
    agent.begin(Problem.of(env, env, 10), np.random.default_rng(0))
    mask = np.tile(np.array([1, 1, 0, 1], np.int8), (30_000, 1))
    agent.allowed = mask.astype(bool)
    played = np.bincount(agent.act(mask), minlength=4)
    assert played[2] == 0
    assert stats.chisquare(played[[0, 1, 3]]).pvalue > 1e-6
