"""The pole on a cart, compared with Gymnasium's."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
from gymnasium.utils.env_checker import check_env, data_equivalence

from rlnotes.agents import Random
from rlnotes.base.errors import SettingError
from rlnotes.envs import CartPole
from rlnotes.envs.base.scalar_env import ScalarEnv
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def balance(observation):
    """Push to the side to which the pole falls; from most starts it then stays up beyond the time limit."""
    return (observation[:, 2] + 0.4 * observation[:, 3] + 0.02 * observation[:, 0] > 0).astype(int)


def trajectory(env, seed, steps=120, action_seed=0):
    """The results of a reset by `seed` and of random actions by `action_seed`."""
    rng = np.random.default_rng(action_seed)
    return [env.reset(seed=seed)] + [env.step(rng.integers(2, size=env.num_envs)) for _ in range(steps)]


@pytest.mark.filterwarnings("ignore:.*Box observation space m.* value is -?infinity")
@pytest.mark.parametrize("masked", [False, True])
def test_the_checkers_pass(masked):
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make("rlnotes/CartPole-v0", masked=masked).unwrapped
    assert isinstance(env, ScalarEnv)
    check_env(env, skip_render_check=True)
    check_for_stable_baselines(env)
    assert env.render() is None


@pytest.mark.parametrize("masked", [False, True])
def test_make_vec_gives_a_vector_environment_of_gymnasium(masked):
    env = gym.make_vec("rlnotes/CartPole-v0", num_envs=5, masked=masked)
    assert env.metadata["autoreset_mode"] is gym.vector.AutoresetMode.SAME_STEP
    assert env.single_observation_space.shape == (2 if masked else 4,)
    assert env.reset(seed=0)[0] in env.observation_space
    env.action_space.seed(0)
    for _ in range(50):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert observation in env.observation_space
        assert (reward.shape, reward.dtype) == ((5,), np.float64)
        for flag in (terminated, truncated):
            assert (flag.shape, flag.dtype) == ((5,), np.bool_)
        assert bool(info) == (terminated | truncated).any()


@pytest.mark.parametrize("sutton_barto_reward", [False, True])
def test_every_step_agrees_with_the_scalar_environment_of_gymnasium(sutton_barto_reward):
    ours, theirs = CartPole(num_envs=20, sutton_barto_reward=sutton_barto_reward), CartPoleEnv(sutton_barto_reward)
    rng = np.random.default_rng(0)
    ours.reset(seed=0)
    fallen = 0
    for _ in range(100):
        actions, states = rng.integers(2, size=20), ours.state.T.copy()
        observation, reward, terminated, truncated, info = ours.step(actions)
        last = info.get("final_obs", observation)
        for run in range(20):
            theirs.reset()
            theirs.state = states[run]
            seen, paid, ended, *_ = theirs.step(int(actions[run]))
            np.testing.assert_allclose(last[run], seen, rtol=1e-6, atol=1e-7)
            assert (reward[run], terminated[run]) == (paid, ended)
        assert not truncated.any()
        fallen += terminated.sum()
    assert fallen > 50


def test_an_episode_begins_in_the_step_that_ends_the_one_before():
    env = CartPole(num_envs=50, time_limit=15)
    rng = np.random.default_rng(0)
    observation, length, seen = env.reset(seed=0)[0], np.zeros(50, int), np.zeros(2, int)
    assert (np.abs(observation) <= 0.05).all()
    for _ in range(100):
        before = observation
        observation, reward, terminated, truncated, info = env.step(rng.integers(2, size=50))
        ended, length = terminated | truncated, length + 1
        assert not (terminated & truncated).any()
        np.testing.assert_array_equal(truncated, (length == 15) & ~terminated)
        np.testing.assert_array_equal(info.get("_final_obs", np.zeros(50, bool)), ended)
        last = info.get("final_obs", observation)
        fallen = (np.abs(last[:, [0, 2]]) > [2.4, 12 * np.pi / 180]).any(axis=1)
        np.testing.assert_array_equal(fallen, terminated)
        np.testing.assert_array_equal(last[~ended], observation[~ended])
        np.testing.assert_allclose(last[:, 0], before[:, 0] + 0.02 * before[:, 1], atol=1e-6)
        assert (np.abs(observation[ended]) <= 0.05).all()
        assert (reward == 1).all()
        length[ended] = 0
        seen += terminated.sum(), truncated.sum()
    assert seen.min() > 20


@pytest.mark.parametrize("make", [CartPole, lambda: Registered("CartPole-v1")])
def test_an_episode_is_truncated_after_500_steps(make):
    env = make().batch(30)
    observation = env.reset(seed=0)[0]
    up = np.ones(30, bool)
    for step in range(1, 501):
        observation, _, terminated, truncated, info = env.step(balance(observation))
        up &= ~terminated
        assert (truncated[up] == (step == 500)).all()
    assert up.sum() > 5
    assert (info["final_obs"][up] != observation[up]).all()
    assert (np.abs(observation[up]) <= 0.05).all()
    assert CartPole(time_limit=None).batch(1).max_episode_steps > 1e9


def test_masking_the_speeds_changes_nothing_else():
    whole, masked = trajectory(CartPole(num_envs=7), 1), trajectory(CartPole(num_envs=7, masked=True), 1)
    np.testing.assert_array_equal(whole[0][0][:, [0, 2]], masked[0][0])
    for (observation, *rest, info), (seen, *same, of_masked) in zip(whole[1:], masked[1:], strict=True):
        np.testing.assert_array_equal(observation[:, [0, 2]], seen)
        np.testing.assert_array_equal(rest, same)
        if info:
            np.testing.assert_array_equal(info["final_obs"][:, [0, 2]], of_masked["final_obs"])


def test_a_seed_fixes_the_trajectory_and_batches_are_independent():
    env = CartPole(num_envs=10)
    expected = trajectory(env, 1)
    assert data_equivalence(trajectory(env, 1), expected, exact=True)
    other = env.batch(10)
    assert not data_equivalence(trajectory(other, 2), expected)
    env.reset(seed=1)
    other.reset(seed=5)
    rng = np.random.default_rng(0)
    for outcome in expected[1:]:
        other.step(np.zeros(10, int))
        assert data_equivalence(env.step(rng.integers(2, size=10)), outcome, exact=True)


def test_a_run_does_not_depend_on_the_actions_of_other_runs():
    env, others = CartPole(num_envs=8), np.arange(8) != 3

    def trace(seed_of_run_3):
        rng, own = np.random.default_rng(0), np.random.default_rng(seed_of_run_3)
        trace = [env.reset(seed=0)[0]]
        for _ in range(150):
            actions = rng.integers(2, size=8)
            actions[3] = own.integers(2)
            trace += env.step(actions)[:4]
        return trace

    a, b = trace(1), trace(2)
    assert all((x[others] == y[others]).all() for x, y in zip(a, b, strict=True))
    assert any((x[3] != y[3]).any() for x, y in zip(a, b, strict=True))


def test_common_random_numbers_a_seed_fixes_the_start_of_an_episode_after_any_actions():
    begun = []
    for action_seed in (1, 2):
        env = CartPole(num_envs=8)
        trajectory(env, 7, steps=40, action_seed=action_seed)
        env.state[2] = 1.0
        begun.append(env.step(np.zeros(8, int))[0])
    np.testing.assert_array_equal(*begun)


def test_it_replaces_the_cart_poles_of_gymnasium():
    env = Registered("CartPole-v1", {"sutton_barto_reward": True, "discount": 0.9}).batch(3)
    assert type(env) is CartPole
    assert (env.num_envs, env.sutton_barto_reward, env.discount, env.time_limit) == (3, True, 0.9, 500)
    assert Registered("CartPole-v0").batch(1).time_limit == 200
    ours, theirs = (Cell(Random(), env, steps=300, runs=5) for env in (CartPole(), Registered("CartPole-v1")))
    np.testing.assert_array_equal(simulate(ours).data["returns"], simulate(theirs).data["returns"])
    assert (ours.ground_truth.best_return, ours.env.observed_model) == (500, None)


def test_an_id_with_wrappers_of_its_own_is_not_replaced():
    spec = gym.spec("CartPole-v1")
    gym.register(
        id="Wrapped-v0",
        entry_point=spec.entry_point,
        vector_entry_point=spec.vector_entry_point,
        additional_wrappers=(gym.wrappers.FlattenObservation.wrapper_spec(),),
    )
    try:
        assert not isinstance(Registered("Wrapped-v0").batch(2), CartPole)
    finally:
        del gym.registry["Wrapped-v0"]


def test_render_gives_an_image_of_every_run():
    pytest.importorskip("pygame")
    env = CartPole(num_envs=2, render_mode="rgb_array")
    env.reset(seed=0)
    assert [image.shape for image in env.render()] == [(400, 600, 3)] * 2
    env.close()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"discount": 1.5}, "discount=1.5: must be from 0 to 1"),
        ({"masked": 3}, "masked=3: must be true or false"),
        ({"time_limit": 0}, "time_limit=0: must be 1 or more, or null"),
    ],
)
def test_a_bad_setting_is_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        CartPole(**settings)
