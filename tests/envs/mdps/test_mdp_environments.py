"""The finite MDPs of the catalogue as environments: Gymnasium's contract, pictures, and read-only results."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from support.mdps import IDS, PATHS, model_of, random_actions, trajectory

from rlnotes.envs import Garnet, Gridworld, ModelEnv
from rlnotes.envs.mdps.base.picture import AGENT, CELL


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("render_mode", [None, "ansi", "rgb_array"])
def test_the_checkers_of_gymnasium_and_stable_baselines_pass(id, render_mode):
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make(id, render_mode=render_mode).unwrapped
    check_env(env, skip_render_check=render_mode is not None or "Jack" in id)
    check_for_stable_baselines(env)


@pytest.mark.parametrize("id", IDS)
def test_make_vec_gives_a_vector_environment_of_gymnasium(id):
    env = gym.make_vec(id, num_envs=5)
    assert isinstance(env, gym.vector.VectorEnv)
    assert env.num_envs == 5
    assert env.metadata["autoreset_mode"] is gym.vector.AutoresetMode.SAME_STEP
    if env.emission is None:
        assert env.single_observation_space == gym.spaces.Discrete(env.model.states)
    assert env.single_action_space == gym.spaces.Discrete(env.model.actions)
    env.action_space.seed(0)
    observation, info = env.reset(seed=0)
    assert observation in env.observation_space
    assert info == {}
    for _ in range(50):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert observation in env.observation_space
        assert (reward.shape, reward.dtype) == ((5,), np.float64)
        for flag in (terminated, truncated):
            assert (flag.shape, flag.dtype) == ((5,), np.bool_)
        assert bool(info) == (terminated | truncated).any()
    env.close()


@pytest.mark.parametrize("path", PATHS)
def test_the_scalar_environment_is_the_batch_of_one(path):
    settings = {} if "jack" in path else {"time_limit": 25}
    scalar = gym.make(f"rlnotes/{path.partition(':')[2]}-v0", **settings)
    batch = scalar.unwrapped.vector_env.batch(1)
    assert data_equivalence(scalar.reset(seed=3), (batch.reset(seed=3)[0][0], {}))
    rng = np.random.default_rng(0)
    for _ in range(25):
        [action] = random_actions(rng, batch)
        observation, reward, terminated, truncated, info = scalar.step(action)
        observations, rewards, *ends, infos = batch.step(np.array([action]))
        assert (observation == infos.get("final_obs", observations)[0]).all()
        assert (reward, terminated, truncated) == (rewards[0], ends[0][0], ends[1][0])
        assert (type(reward), type(terminated), type(truncated), info) == (float, bool, bool, {})
        if terminated or truncated:
            break
    assert terminated or truncated or not settings


@pytest.mark.parametrize("path", PATHS)
def test_a_picture_shows_the_state(path):
    model = model_of(path)
    picture = model.picture
    text, images = (ModelEnv(model, 2, render_mode=mode) for mode in ("ansi", "rgb_array"))
    for mode in (text, images):
        mode.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(5):
        for state, drawn, image in zip(text.shown, text.render(), images.render(), strict=True):
            lines = drawn.splitlines()
            assert len(lines) == len(picture.text)
            [[row, column]] = np.argwhere(picture.grid == state)
            assert drawn.count("\x1b[7m") == 1
            assert lines[row].index("\x1b[7m") == column
            assert lines[row].replace("\x1b[7m", "").replace("\x1b[0m", "") == picture.text[row]
            assert (image.dtype, image.shape) == (np.uint8, (CELL * len(lines), CELL * len(picture.text[0]), 3))
            middles = image[CELL // 2 :: CELL, CELL // 2 :: CELL]
            assert np.argwhere((middles == AGENT).all(axis=2)).tolist() == [[row, column]]
        actions = random_actions(rng, text)
        text.step(actions)
        images.step(actions)
    assert ModelEnv(model).render() is None


def test_render_shows_the_last_state_of_an_episode():
    env = gym.make("rlnotes/RandomWalk-v0", states=3, render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == "..\x1b[7m.\x1b[0m..\n"
    env.step(1)
    assert env.step(1)[:3] == (4, 1.0, True)
    assert env.render() == "....\x1b[7m.\x1b[0m\n"


def test_a_picture_of_states_has_walls_after_the_last_state():
    assert Garnet(states=33, render_mode="ansi").model.picture.text == ["......"] * 5 + ["...###"]


def test_batches_of_one_environment_are_independent():
    env = Garnet(num_envs=4)
    alone = trajectory(env, seed=0)
    env.reset(seed=0)
    batch = env.batch(4)
    assert batch.model is env.model
    batch.reset()
    rng = np.random.default_rng(0)
    for expected in alone[1:]:
        batch.step(np.zeros(4, int))
        assert data_equivalence(env.step(random_actions(rng, env)), expected, exact=True)


def test_writing_to_the_results_does_not_change_the_environment():
    env, same = (Gridworld(num_envs=100, time_limit=3, render_mode="ansi") for _ in range(2))
    env.reset(seed=0)[0][:] = 1
    same.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        actions = random_actions(rng, env)
        *arrays, info = env.step(actions)
        assert data_equivalence((*arrays, info), same.step(actions), exact=True)
        for array in (*arrays, *info.values()):
            array[:] = 1
        assert env.render() == same.render()
