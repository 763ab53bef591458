"""The linear quadratic regulator: its best actions by algebra, and its dynamics."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from scipy.linalg import block_diag

from rlnotes.base.errors import SettingError
from rlnotes.envs import LQR
from rlnotes.envs.base.actions import ActionError
from rlnotes.simulation.recorder import Recorder

GOLDEN = (1 + 5**0.5) / 2
MATRICES = {
    "A": [[1.0, 0.3], [-0.2, 0.9]],
    "B": [[0.0], [1.0]],
    "Q": [[2.0, 0.5], [0.5, 1.0]],
    "R": [[0.7]],
    "sigma": 0.4,
    "bound": 6.0,
}


def played(env, steps, gain, seed=0):
    """States, actions, rewards, regrets and next states of the actions −K x, cut at the bound [steps, runs, ...]."""
    observation, _ = env.reset(seed=seed)
    found = []
    for _ in range(steps):
        action = (-observation @ np.array(gain).T).clip(-env.bound, env.bound)
        following, reward, terminated, truncated, info = env.step(action)
        assert not terminated.any()
        last = info.get("final_obs", following)
        found.append((observation, action, reward, info["regret"], last, truncated))
        observation = following
    return [np.array(part) for part in zip(*found, strict=True)]


def test_the_gain_is_the_golden_ratio_less_1_and_the_average_cost_the_golden_ratio():
    for sigma in (1.0, 0.3):
        env = LQR(sigma=sigma)
        assert pytest.approx(GOLDEN, abs=1e-12) == env.P
        assert pytest.approx(GOLDEN - 1, abs=1e-12) == env.K
        assert env.best_average == pytest.approx(-GOLDEN * sigma**2, abs=1e-12)


def test_a_number_stands_for_that_number_of_times_the_identity():
    single, double = LQR(A=0.9, B=0.5, Q=2.0, R=3.0), LQR(A=0.9, B=0.5, Q=2.0, R=[[3, 0], [0, 3]])
    np.testing.assert_allclose(double.K, block_diag(single.K, single.K), atol=1e-12)
    wide = LQR(A=[[1, 1], [0, 1]], B=[[0], [1]])
    assert wide.q.tolist() == [[1, 0], [0, 1]]
    assert (wide.single_observation_space.shape, wide.single_action_space.shape) == ((2,), (1,))


@pytest.mark.parametrize("settings", [{"bound": 9.0}, MATRICES])
def test_the_best_policy_has_no_regret_and_the_best_average_reward(settings):
    """The mean of 1,000 runs of 200 steps is within 5 standard errors of the runs: false alarm 6e-7."""
    env = LQR(**settings).batch(1_000)
    _, _, reward, regret, _, _ = played(env, 200, env.K)
    means = reward.mean(axis=0)
    assert abs(means.mean() - env.best_average) < 5 * means.std() / 1_000**0.5
    assert regret.max() < 1e-9  # the observations have single precision


def test_the_regret_of_an_action_is_its_loss_by_the_equation_of_bellman():
    """Q*(x, u) = −xᵀQx − uᵀRu − (Ax + Bu)ᵀ P (Ax + Bu) + constant, and V*(x) = −xᵀPx + the same constant."""
    env = LQR(**MATRICES).batch(4)
    x, u, reward, regret, _, _ = played(env, 30, [[0.9, 0.1]])
    expected = x @ env.a.T + u @ env.b.T
    best, found = (x @ env.P * x).sum(-1), -reward + (expected @ env.P * expected).sum(-1)
    np.testing.assert_allclose(regret, found - best, atol=1e-5)
    assert regret.min() > -1e-12
    assert regret.mean() > 0.01


def test_every_step_is_linear_with_noise_that_does_not_depend_on_the_actions():
    """Each entry of the covariance of 40,000 noises is within 5 standard errors, √2 σ²/√n at most: false alarm 3e-6."""
    env, noises, starts = LQR(**MATRICES).batch(1_000), [], []
    for gain in ([[0.5, 0.5]], env.K):
        x, u, _, _, last, truncated = played(env, 40, gain, seed=3)
        noises.append(last - x @ env.a.T - u @ env.b.T)
        starts.append(x[20])
        assert (np.flatnonzero(truncated[:, 0]) == [19, 39]).all()
    np.testing.assert_allclose(noises[0], noises[1], atol=1e-5)
    np.testing.assert_array_equal(*starts)
    covariance = np.cov(noises[0].reshape(-1, 2).T)
    assert np.abs(covariance - 0.16 * np.eye(2)).max() < 5 * 2**0.5 * 0.16 / 40_000**0.5


def test_an_episode_begins_with_the_states_that_the_best_policy_preserves():
    env = LQR(**MATRICES)
    covariance, closed = env.spread @ env.spread.T, env.a - env.b @ env.K
    np.testing.assert_allclose(closed @ covariance @ closed.T + 0.16 * np.eye(2), covariance, atol=1e-12)
    first = LQR(**MATRICES).batch(100_000).reset(seed=0)[0]
    np.testing.assert_allclose(np.cov(first.T), covariance, atol=5 * 2**0.5 * covariance.max() / 100_000**0.5)


def test_an_episode_without_a_time_limit_never_ends():
    env = LQR(time_limit=None)
    assert not played(env, 100, env.K)[-1].any()


@pytest.mark.filterwarnings("ignore:.*(Box observation space m.* value is -?infinity|symmetric and normalized)")
def test_the_checkers_pass():
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make("rlnotes/LQR-v0", A=0.9).unwrapped
    check_env(env, skip_render_check=True)
    check_for_stable_baselines(env)


@pytest.mark.parametrize("action", [3.1, -3.1, np.nan])
def test_actions_beyond_the_bound_are_refused(action):
    env = Recorder(LQR(num_envs=2), steps=3)
    env.reset(seed=0)
    with pytest.raises(ActionError, match=rf"gave action \[{action}\] in step 1; must be elements of Box\(-3.0, 3.0"):
        env.step(np.array([[0.0], [action]], np.float32))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"A": "x"}, r"^A=x: must be a number, or rows of numbers such as \[\[1,0\],\[0,1\]\]$"),
        ({"A": [1, 2]}, "must be a number, or rows"),
        ({"A": [[1, np.inf]]}, "must be a number, or rows"),
        ({"A": [[1, 2]]}, "^A=.* must have 1 x 1 numbers, to fit the other matrices$"),
        ({"A": [[1, 0], [0, 1]], "Q": [[1]]}, "^Q=.* must have 2 x 2 numbers"),
        ({"Q": [[1, 2], [3, 4]]}, "^Q=.* must be symmetric and positive semidefinite$"),
        ({"Q": -1}, "^Q=-1: must be symmetric and positive semidefinite$"),
        ({"R": 0}, "^R=0: must be symmetric and positive definite$"),
        ({"A": 2, "B": 0}, "^B=0: has no actions that keep the state of A=2 near 0 at the least cost$"),
        ({"sigma": 0}, "^sigma=0: must be from 1e-30 to 1e\\+30$"),
        ({"bound": np.inf}, "^bound=inf: must be from 1e-30 to 1e\\+30$"),
        ({"time_limit": 0}, "^time_limit=0: must be 1 or more, or null$"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(settings, message):
    with pytest.raises(SettingError, match=message):
        LQR(**settings)
