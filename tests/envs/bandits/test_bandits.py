"""The bandit environments [notes 1.1]."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from scipy import stats

from rlnotes.agents import UCB
from rlnotes.base.class_table import load_class
from rlnotes.base.errors import SettingError
from rlnotes.envs import (
    CATALOG,
    BernoulliBandit,
    BetaBandit,
    ExponentialBandit,
    GaussianBandit,
)
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

IDS = [f"rlnotes/{path.partition(':')[2]}-v0" for path in CATALOG.values() if "bandit" in path]
BANDITS = [load_class(path) for path in CATALOG.values() if "bandits" in path]


@pytest.mark.parametrize("id", IDS)
def test_the_checkers_of_gymnasium_and_stable_baselines_pass(id):
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    check_env(gym.make(id).unwrapped)
    env = gym.make(id).unwrapped  # stable-baselines3 warns that contexts are a matrix and not a vector
    check_for_stable_baselines(env, warn=len(env.observation_space.shape) < 2)


@pytest.mark.parametrize("id", IDS)
def test_make_vec_gives_a_vector_environment_of_gymnasium(id):
    env = gym.make_vec(id, num_envs=5, arms=3)
    assert isinstance(env, gym.vector.VectorEnv)
    assert env.num_envs == 5
    assert env.single_action_space.n == 3
    assert env.metadata["autoreset_mode"] is gym.vector.AutoresetMode.SAME_STEP

    def episode(seed):
        env.action_space.seed(0)
        trace = [env.reset(seed=seed)]
        trace += [env.step(env.action_space.sample()) for _ in range(20)]
        return trace

    for observation, reward, terminated, truncated, info in episode(1)[1:]:
        assert observation in env.observation_space
        assert (reward.shape, reward.dtype) == ((5,), np.float64)
        assert not terminated.any()
        assert not truncated.any()
        assert (info["regret"] >= 0).all() or "Adversarial" in id
    assert data_equivalence(episode(1), episode(1), exact=True)
    assert not data_equivalence(episode(1), episode(2))
    env.close()


def test_means_of_another_shape_are_refused():
    @dataclass(eq=False, kw_only=True)
    class Transposed(GaussianBandit):
        def draw_means(self, shape):
            return super().draw_means(shape[::-1])

    message = r"Transposed.draw_means\(shape\) must return means \[runs, arms\], \(4, 10\), not of shape \(10, 4\)"
    with pytest.raises(ValueError, match=message):
        Transposed(num_envs=4).reset(seed=0)


@pytest.mark.parametrize("bandit", BANDITS)
def test_the_scalar_environment_is_the_batch_of_one(bandit):
    scalar = gym.make(f"rlnotes/{bandit.__name__}-v0", arms=4)
    batch = bandit(arms=4)
    scalar.reset(seed=3)
    batch.reset(seed=3)
    for action in (0, 3, 1, 1):
        observation, reward, terminated, truncated, info = scalar.step(action)
        observations, rewards, _, _, infos = batch.step(np.array([action]))
        assert (observation == observations[0]).all()
        assert (reward, terminated, truncated) == (rewards[0], False, False)
        assert info == {key: values[0] for key, values in infos.items()}


MOVING = [
    (bandit, settings)
    for bandit in (BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit)
    for settings in ({"change_probability": 0.2}, {"drift": 0.3}, {"changes": [3, 7]})
]


@pytest.mark.parametrize(("bandit", "settings"), [*[(bandit, {}) for bandit in BANDITS], *MOVING])
def test_a_run_does_not_depend_on_the_actions_of_other_runs(bandit, settings):
    def rewards(actions_of_run_3):
        env = bandit(num_envs=100, arms=10, **settings)
        env.reset(seed=0)
        actions = np.zeros(100, int)
        trace = []
        for action in actions_of_run_3:
            actions[3] = action
            trace.append(env.step(actions)[1])
        return np.array(trace)

    a, b = rewards([0] * 100), rewards([i % 10 for i in range(100)])
    others = np.arange(100) != 3
    assert (a[:, others] == b[:, others]).all()
    assert (a[:, 3] != b[:, 3]).any()


def test_common_random_numbers_the_noise_does_not_depend_on_the_actions():
    env = GaussianBandit(means=[0.0, 1.0], std=2.0, num_envs=50)
    noise = []
    for arm in (0, 1):
        env.reset(seed=7)
        noise.append([env.step(np.full(50, arm))[1] - arm for _ in range(10)])
    np.testing.assert_allclose(*noise, atol=1e-12)


def test_common_random_numbers_a_bernoulli_arm_of_a_higher_mean_pays_whenever_a_lower_one_does():
    env = BernoulliBandit(means=[0.3, 0.6], num_envs=200)
    paid = []
    for arm in (0, 1):
        env.reset(seed=7)
        paid.append(np.array([env.step(np.full(200, arm))[1] for _ in range(10)]))
    assert (paid[1] >= paid[0]).all()
    assert (paid[1] > paid[0]).any()


def test_notes_1_1_the_rewards_have_the_law_of_their_arm():
    """Kolmogorov–Smirnov and binomial tests, each with a false alarm probability of 1e-6, on 20,000 rewards.

    The test would detect a mean that is wrong by a tenth of the std.
    """
    env = GaussianBandit(means=[-1.0, 2.0], std=3.0, num_envs=20_000)
    env.reset(seed=None)
    rewards = env.step(np.ones(20_000, int))[1]
    assert stats.kstest(rewards, stats.norm(2.0, 3.0).cdf).pvalue > 1e-6
    assert stats.kstest(rewards, stats.norm(2.3, 3.0).cdf).pvalue < 1e-6
    env = BernoulliBandit(means=[0.1, 0.7], num_envs=20_000)
    env.reset(seed=None)
    rewards = env.step(np.ones(20_000, int))[1]
    assert set(rewards) == {0.0, 1.0}
    assert stats.binomtest(int(rewards.sum()), 20_000, 0.7).pvalue > 1e-6
    env = GaussianBandit(means=[-1.0, 2.0], std=[0.5, 3.0], num_envs=20_000)
    env.reset(seed=None)
    for arm, law in enumerate([stats.norm(-1.0, 0.5), stats.norm(2.0, 3.0)]):
        assert stats.kstest(env.step(np.full(20_000, arm))[1], law.cdf).pvalue > 1e-6
    env = ExponentialBandit(means=[0.5, 2.0], num_envs=20_000)
    env.reset(seed=None)
    assert stats.kstest(env.step(np.ones(20_000, int))[1], stats.expon(scale=2.0).cdf).pvalue > 1e-6
    env = BetaBandit(means=[0.5, 0.2, 0.0, 1.0], concentration=5.0, num_envs=20_000)
    env.reset(seed=None)
    assert stats.kstest(env.step(np.ones(20_000, int))[1], stats.beta(1.0, 4.0).cdf).pvalue > 1e-6
    for arm in (2, 3):  # whose rewards are constant
        assert (abs(env.step(np.full(20_000, arm))[1] - (arm - 2)) < 1e-300).all()


@pytest.mark.parametrize(
    ("bandit", "law"),
    [
        (GaussianBandit, stats.norm),
        (BernoulliBandit, stats.uniform),
        (BetaBandit, stats.uniform),
        (ExponentialBandit, stats.uniform),
    ],
)
def test_new_means_are_drawn_in_every_run(bandit, law):
    """Kolmogorov–Smirnov test with a false alarm probability of 1e-6."""
    env = bandit(arms=20, num_envs=1_000)
    means = env.reset(seed=None)[1]["arm_means"]
    assert means.shape == (1_000, 20)
    assert stats.kstest(means.ravel(), law.cdf).pvalue > 1e-6
    assert (means != env.reset()[1]["arm_means"]).all()


def test_notes_1_1_the_regret_of_a_step_is_the_gap_of_the_arm():
    env = GaussianBandit(means=[0.5, 0.2, 0.9], num_envs=3)
    env.reset(seed=0)
    info = env.step(np.array([0, 1, 2]))[4]
    np.testing.assert_allclose(info["regret"], [0.4, 0.7, 0.0])
    assert info["optimal"].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("bandit", "means"),
    [
        (GaussianBandit, [0, -0.3]),
        (BernoulliBandit, [0.5, 0.2]),
        (BetaBandit, [0.5, 0.2]),
        (ExponentialBandit, [1, 0.7]),
    ],
)
def test_a_gap_is_the_gap_of_all_arms_but_the_first(bandit, means):
    assert bandit(gap=0.3).reset()[1]["arm_means"].tolist() == [means]
    assert bandit(gap=0.3, arms=4).reset()[1]["arm_means"].tolist() == [[*means, means[1], means[1]]]


def test_an_action_that_is_not_an_arm_is_refused():
    env = GaussianBandit(arms=3, num_envs=2)
    env.reset(seed=0)
    for actions in ([0, 3], [-1, 0]):
        with pytest.raises(IndexError, match="not an arm"):
            env.step(np.array(actions))
    with pytest.raises(ValueError, match="one action per run"):
        env.step(np.array([0, 1, 2]))


def test_writing_to_the_results_does_not_change_the_environment():
    env = GaussianBandit(arms=3, num_envs=2)
    _, info = env.reset(seed=0)
    info["arm_means"][:] = 100
    observation, _, terminated, _, info = env.step(np.zeros(2, int))
    assert (info["regret"] >= 0).all()
    for array in (observation, terminated):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_most_concentrated_beta_arms_have_their_law():
    """Beta(c μ, c (1 − μ)) with c = 1e12 is nearly Gaussian: Kolmogorov–Smirnov, false alarm 1e-6."""
    env = BetaBandit(means=[0.3], concentration=1e12, num_envs=20_000)
    env.reset(seed=None)
    reward = env.step(np.zeros(20_000, int))[1]
    assert stats.kstest((reward - 0.3) / np.sqrt(0.21 / 1e12), "norm").pvalue > 1e-6


@dataclass(eq=False, kw_only=True)
class NotFinite(GaussianBandit):
    """In step 6 the reward, or the regret, of run 2 is not finite."""

    where: str = "reward"
    wrong: float = np.nan

    def step(self, actions):
        outcome = super().step(actions)
        if self.t == 7:
            numbers = outcome[1] if self.where == "reward" else outcome[4]["regret"]
            numbers[2], self.last = self.wrong, actions[2]
        return outcome


@pytest.mark.parametrize("where", ["reward", "regret"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("steps", [6, 1_000])
def test_a_reward_or_a_regret_that_is_not_finite_is_refused_at_its_step(where, wrong, steps):
    bandit = NotFinite(where=where, wrong=wrong)
    env = bandit.batch(5)
    bandit.batch = lambda runs: env
    with pytest.raises(SettingError, match=f"env=NotFinite: gave {where} {wrong} after action") as error:
        simulate(Cell(UCB(), bandit, steps=steps, runs=5))
    assert str(error.value).endswith(f"after action {env.last}; it and its total must be finite")
    assert env.t == 7


def test_a_drift_that_overflows_is_reported_as_not_finite():
    with (
        np.errstate(all="ignore"),
        pytest.raises(SettingError, match=r"gave re.* after action \d; it and its total must be finite"),
    ):
        simulate(Cell(UCB(), GaussianBandit(drift=1e308), steps=200, runs=3))
