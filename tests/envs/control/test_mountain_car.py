"""The car in a valley, compared with Gymnasium's."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.classic_control.mountain_car import MountainCarEnv
from gymnasium.utils.env_checker import check_env

from rlnotes.agents import LinearSARSA
from rlnotes.base.errors import SettingError
from rlnotes.envs import MountainCar
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.filterwarnings("ignore:.*Box (low|high)'s precision")
def test_the_checkers_pass():
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make("rlnotes/MountainCar-v0").unwrapped
    check_env(env, skip_render_check=True)
    check_for_stable_baselines(env)
    assert env.observation_space == MountainCarEnv().observation_space
    assert env.action_space == MountainCarEnv().action_space


def swing(observation, rng):
    """Push where the car moves to, and in one step of ten anywhere."""
    swinging = np.where(observation[:, 1] < 0, 0, 2)
    return np.where(rng.random(len(observation)) < 0.1, rng.integers(3, size=len(observation)), swinging)


def test_every_step_agrees_with_the_scalar_environment_of_gymnasium():
    ours, rng = MountainCar(num_envs=9), np.random.default_rng(0)
    theirs = [MountainCarEnv() for _ in range(9)]
    observation, _ = ours.reset(seed=0)
    for env, state in zip(theirs, ours.state.T, strict=True):
        env.reset(seed=0)
        env.state = tuple(state)
    ends = walls = 0
    for _ in range(600):
        action = swing(observation, rng)
        observation, reward, terminated, _, info = ours.step(action)
        last = info.get("final_obs", observation)
        for run, env in enumerate(theirs):
            seen, paid, ended, _, _ = env.step(int(action[run]))
            np.testing.assert_allclose(last[run], seen, rtol=1e-6, atol=1e-9)
            assert (paid, ended) == (reward[run], terminated[run])
            walls += seen[0] == np.float32(-1.2)
            env.state = tuple(ours.state[:, run])
        ends += terminated.sum()
        if terminated.any():
            assert (np.abs(observation[terminated] - [-0.5, 0]) <= [0.1, 0]).all()
    assert ends > 20
    assert walls > 0


def test_a_run_does_not_depend_on_the_actions_of_others_and_the_time_limit_truncates():
    first, second = (MountainCar(num_envs=4, time_limit=50) for _ in range(2))
    assert (first.reset(seed=3)[0] == second.reset(seed=3)[0]).all()
    rng = np.random.default_rng(0)
    for t in range(1, 160):
        action = rng.integers(3, size=4)
        other = np.append(action[:1], rng.integers(3, size=3))
        one, two = first.step(action), second.step(other)
        assert (one[0][0] == two[0][0]).all()
        assert (one[3] == (t % 50 == 0)).all()
        assert not one[2].any()


def test_wrong_settings_and_actions_are_named():
    for setting, value in (("discount", 1.5), ("time_limit", 0)):
        with pytest.raises(SettingError, match=f"{setting}={value}: must be "):
            MountainCar(**{setting: value})
    env = MountainCar(num_envs=2)
    env.reset(seed=0)
    with pytest.raises(IndexError, match="an action is not one of the environment's"):
        env.step(np.array([0, 3]))


def test_linear_agents_play_gymnasiums_mountain_car_too():
    data = simulate(Cell(LinearSARSA(), Registered("MountainCar-v0"), episodes=1, runs=2)).data
    assert (data["returns"] == -data["lengths"]).all()
    assert (data["lengths"] <= 200).all()
