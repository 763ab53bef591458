"""The puddle world: its rules in plain code, its noise, and Gymnasium's contract."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from rlnotes.agents import LinearSARSA
from rlnotes.base.errors import SettingError
from rlnotes.envs import PuddleWorld
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def test_the_checkers_pass():
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make("rlnotes/PuddleWorld-v0").unwrapped
    check_env(env, skip_render_check=True)
    check_for_stable_baselines(env)


def depth(x, y):
    """How deep a point is in the puddles, by the least distance to 10,001 points of each line."""
    s = np.linspace(0, 1, 10_001)
    across = np.hypot(x - (0.1 + 0.35 * s), y - 0.75).min()
    along = np.hypot(x - 0.45, y - (0.4 + 0.4 * s)).min()
    return max(0.1 - min(across, along), 0)


def test_steps_follow_the_rules():
    env, rng = PuddleWorld(num_envs=100), np.random.default_rng(0)
    env.reset(seed=1)
    env.position[:50] = [0.44, 0.7] + 0.08 * rng.normal(size=(50, 2))
    moves = np.array([[0, 0.05], [0, -0.05], [0.05, 0], [-0.05, 0]])
    noise, wet, ends = [], 0, 0
    for _ in range(60):
        before, action = env.position.copy(), rng.integers(4, size=100)
        observation, reward, terminated, _, info = env.step(action)
        last = info.get("final_obs", observation).astype(float)
        inside = ((last > 1e-3) & (last < 1 - 1e-3)).all(axis=1)
        noise.append((last - before - moves[action])[inside & (np.abs(before - 0.5) < 0.4).all(axis=1)])
        assert (terminated == (last.sum(axis=1) >= 1.9)).all()
        for run in range(100):
            d = depth(*last[run])
            wet += d > 0
            assert reward[run] == pytest.approx(-1 - 400 * d, abs=2e-3)
        ends += terminated.sum()
        assert (observation[terminated].sum(axis=1) < 1.9).all()
    sample = np.concatenate(noise)
    count = sample.size  # 5 standard errors: false alarms below 1e-6
    assert abs(sample.mean()) < 5 * 0.01 / np.sqrt(count)
    assert abs(sample.std() - 0.01) < 5 * 0.01 / np.sqrt(2 * count)
    assert wet > 100
    assert ends > 0


def test_a_run_does_not_depend_on_the_actions_of_others_and_the_time_limit_truncates():
    first, second = (PuddleWorld(num_envs=4, time_limit=20) for _ in range(2))
    assert (first.reset(seed=3)[0] == second.reset(seed=3)[0]).all()
    rng = np.random.default_rng(0)
    for _ in range(90):
        action = rng.integers(4, size=4)
        other = np.append(action[:1], rng.integers(4, size=3))
        one, two = first.step(action), second.step(other)
        assert (one[0][0] == two[0][0]).all()
        assert not (one[2] & one[3]).any()
    assert first.elapsed.max() <= 20


def test_wrong_settings_and_actions_are_named():
    for setting, value in (("discount", 1.5), ("time_limit", 0)):
        with pytest.raises(SettingError, match=f"{setting}={value}: must be "):
            PuddleWorld(**{setting: value})
    env = PuddleWorld(num_envs=2)
    env.reset(seed=0)
    with pytest.raises(IndexError, match="an action is not one of the environment's"):
        env.step(np.array([0, 4]))
    assert env.return_range == (-41_000.0, -1.0)


@pytest.mark.slow
def test_linear_sarsa_learns_to_walk_around_the_puddles():
    returns = simulate(Cell(LinearSARSA(alpha=0.5 / 8), PuddleWorld(), episodes=150, runs=20)).data["returns"]
    assert returns[:, -50:].mean() > -60 > returns[:, :5].mean()
