"""The finite Markov decision processes as environments [notes 2.1]."""

from collections import Counter
from functools import cache

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from scipy import stats

from rlnotes.base.class_table import load
from rlnotes.envs import (
    CATALOG,
    CliffWalking,
    DynaMaze,
    GamblersProblem,
    Garnet,
    Gridworld,
    JacksCarRental,
    MaximizationBias,
    RandomWalk,
    WindyGridworld,
)
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.model_env import ModelEnv
from rlnotes.envs.mdps.base.picture import AGENT, CELL
from rlnotes.envs.registered import Registered

PATHS = [path for path in CATALOG.values() if ".mdps." in path]
IDS = [f"rlnotes/{path.partition(':')[2]}-v0" for path in PATHS]
FALSE_ALARM = 1e-6


@cache
def world(path):
    """An environment of a path, made once."""
    return load(path)()


def actions_of(rng, env):
    return rng.integers(env.single_action_space.n, size=env.num_envs)


def trajectory(env, seed, steps=40, played=0):
    """All that a reset and random actions give; the actions, not the luck, are those of `played`."""
    rng = np.random.default_rng(played)
    return [env.reset(seed=seed)] + [env.step(actions_of(rng, env)) for _ in range(steps)]


def following(env, state, actions):
    """What one step of every run, from a state each, gives: next state, reward, terminated and the observation."""
    env.state[:] = state
    observation, reward, terminated, _, info = env.step(actions)
    return info.get("final_obs", observation), reward, terminated, observation


def law_of(model, rows):
    """The probability of every (row, next state, reward, terminated) of some rows."""
    law = {}
    for row in rows:
        entries = slice(*model.offsets[row : row + 2])
        columns = (model.next_state, model.reward, model.terminated, model.probability)
        for *outcome, p in zip(*(column[entries].tolist() for column in columns), strict=True):
            law[(row, *outcome)] = p
    return law


def pvalue(seen, law, draws):
    """p-value of counts of a law's cells, each of so many draws: exact binomial tests, corrected by Bonferroni."""
    if not seen.keys() <= law.keys():
        return 0.0
    counts, probability = np.array([seen[cell] for cell in law]), np.minimum(list(law.values()), 1.0)
    tail = np.minimum(stats.binom.cdf(counts, draws, probability), stats.binom.sf(counts - 1, draws, probability))
    return min(1.0, 2 * len(law) * tail.min())


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("render_mode", [None, "ansi", "rgb_array"])
def test_gymnasiums_and_stable_baselines_checkers_pass(id, render_mode):
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make(id, render_mode=render_mode).unwrapped
    check_env(env, skip_render_check=render_mode is not None or "Jack" in id)
    check_for_stable_baselines(env)


@pytest.mark.parametrize("path", PATHS)
def test_a_picture_shows_the_state(path):
    env = world(path)
    picture = env.model.picture
    text, images = (ModelEnv(env.model, 2, render_mode=mode) for mode in ("ansi", "rgb_array"))
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
        actions = actions_of(rng, text)
        text.step(actions)
        images.step(actions)
    assert ModelEnv(env.model).render() is None


def test_the_last_state_of_an_episode_is_shown():
    env = gym.make("rlnotes/RandomWalk-v0", states=3, render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == "..\x1b[7m.\x1b[0m..\n"
    env.step(1)
    assert env.step(1)[:3] == (4, 1.0, True)
    assert env.render() == "....\x1b[7m.\x1b[0m\n"


@pytest.mark.parametrize("id", IDS)
def test_make_vec_gives_what_gymnasium_asks_of_a_vector_environment(id):
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
def test_a_seed_fixes_the_trajectory(path):
    env = world(path).batch(20)
    assert data_equivalence(trajectory(env, 1), trajectory(env, 1), exact=True)
    assert data_equivalence(trajectory(env, 1), trajectory(world(path).batch(20), 1), exact=True)


@pytest.mark.parametrize("env", [Gridworld, JacksCarRental, GamblersProblem, MaximizationBias, Garnet])
def test_another_seed_gives_another_trajectory(env):
    env = world(next(path for path in PATHS if path.endswith(":" + env.__name__))).batch(20)
    assert not data_equivalence(trajectory(env, 1), trajectory(env, 2))


def test_a_reset_without_a_seed_goes_on_with_the_luck():
    env = Garnet(num_envs=20)
    first = env.reset(seed=0)[0]
    second = env.reset()[0]
    assert (first != second).any()
    env.reset(seed=0)
    assert (env.reset()[0] == second).all()


@pytest.mark.parametrize("path", PATHS)
def test_a_run_does_not_depend_on_what_its_neighbours_play(path):
    env = world(path).batch(30)
    others = np.arange(30) != 3

    def trace(played_by_run_3):
        rng, own = np.random.default_rng(0), np.random.default_rng(played_by_run_3)
        trace = [env.reset(seed=0)[0]]
        for _ in range(80):
            actions = actions_of(rng, env)
            actions[3] = own.integers(env.model.actions)
            trace += env.step(actions)[:4]
        return trace

    a, b = trace(1), trace(2)
    assert all((x[others] == y[others]).all() for x, y in zip(a, b, strict=True))
    assert any((x[3] != y[3]).any() for x, y in zip(a, b, strict=True))


def test_equal_luck_a_seed_fixes_what_a_step_draws_whatever_was_played():
    env = Gridworld(num_envs=200, time_limit=5)
    steps = []
    for played in (1, 2):
        trajectory(env, seed=7, played=played)
        steps.append(following(env, np.arange(200) % env.model.states, np.arange(200) % 4)[:3])
    assert data_equivalence(*steps, exact=True)


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
        assert data_equivalence(env.step(actions_of(rng, env)), expected, exact=True)


@pytest.mark.parametrize("path", PATHS)
def test_an_episode_begins_anew_in_the_step_that_ends_the_last(path):
    env = ModelEnv(world(path).model, 50, time_limit=30)
    start = np.flatnonzero(env.model.start)
    entries = (
        {key[:2] + key[3:] for key in law_of(env.model, range(env.model.row_count))} if env.model.states < 200 else None
    )
    rng = np.random.default_rng(0)
    state = env.reset(seed=0)[0]
    assert np.isin(state, start).all()
    length, ended_by_limit = np.zeros(50, int), 0
    for _ in range(100):
        actions = actions_of(rng, env)
        observation, _, terminated, truncated, info = env.step(actions)
        ended, length = terminated | truncated, length + 1
        assert not (terminated & truncated).any()
        np.testing.assert_array_equal(truncated, (length == 30) & ~terminated)
        last = info.get("final_obs", observation)
        np.testing.assert_array_equal(info.get("_final_obs", np.zeros(50, bool)), ended)
        np.testing.assert_array_equal(last[~ended], observation[~ended])
        assert np.isin(observation[ended], start).all()
        if entries:
            available = env.model.available[state, actions]
            seen = zip(state * env.model.actions + actions, last, terminated, strict=True)
            assert {key for key, can in zip(seen, available, strict=True) if can} <= entries
        ended_by_limit += truncated.sum()
        length[ended], state = 0, observation
    assert ended_by_limit or env.model.terminated.any()


def test_an_episode_that_ends_at_the_time_limit_is_terminated():
    env = RandomWalk(num_envs=2, time_limit=3)
    env.reset(seed=0)
    for _ in range(2):
        env.step(np.array([1, 0]))
    observation, reward, terminated, truncated, info = env.step(np.array([1, 1]))
    assert terminated.tolist() == [True, False]
    assert truncated.tolist() == [False, True]
    assert info["final_obs"].tolist() == [6, 2]
    assert observation.tolist() == [3, 3]
    assert reward.tolist() == [1, 0]
    assert not any(flag.any() for _ in range(2) for flag in env.step(np.array([1, 0]))[2:4])


@pytest.mark.parametrize("path", PATHS)
def test_the_scalar_environment_is_the_batch_of_one(path):
    settings = {} if "jack" in path else {"time_limit": 25}
    scalar = gym.make(f"rlnotes/{path.partition(':')[2]}-v0", **settings)
    batch = scalar.unwrapped.vector_env.batch(1)
    assert data_equivalence(scalar.reset(seed=3), (batch.reset(seed=3)[0][0], {}))
    rng = np.random.default_rng(0)
    for _ in range(25):
        [action] = actions_of(rng, batch)
        observation, reward, terminated, truncated, info = scalar.step(action)
        observations, rewards, *ends, infos = batch.step(np.array([action]))
        assert (observation == infos.get("final_obs", observations)[0]).all()
        assert (reward, terminated, truncated) == (rewards[0], ends[0][0], ends[1][0])
        assert (type(reward), type(terminated), type(truncated), info) == (float, bool, bool, {})
        if terminated or truncated:
            break
    assert terminated or truncated or not settings


@pytest.mark.parametrize(
    ("make", "rows", "runs"),
    [
        (lambda n: Gridworld(num_envs=n), None, 2_000),
        (lambda n: world(CATALOG["jacks_car_rental"]).batch(n), 10, 20_000),
        (lambda n: Garnet(states=30, branching=7, num_envs=n), None, 2_000),
        (lambda n: Registered("FrozenLake-v1").batch(n), None, 5_000),
        (lambda n: MaximizationBias(num_envs=n), None, 20_000),
    ],
    ids=["gridworld", "jacks_car_rental", "garnet", "frozen_lake", "maximization_bias"],
)
def test_steps_have_the_law_of_the_model(make, rows, runs):
    """Exact binomial tests of all (next state, reward, terminated), with a false alarm probability of 1e-6 in all.

    A law in which one step in ten has the first of its outcomes would be seen.
    """
    model = make(1).model
    chosen = np.flatnonzero(model.available)
    chosen = chosen if rows is None else np.random.default_rng(0).choice(chosen, rows, replace=False)
    env = make(runs * len(chosen))
    env.reset(seed=None)
    row = chosen.repeat(runs)
    outcomes = following(env, row // model.actions, row % model.actions)[:3]
    seen = Counter(zip(row.tolist(), *(outcome.tolist() for outcome in outcomes), strict=True))
    law = law_of(model, chosen.tolist())
    assert pvalue(seen, law, runs) > FALSE_ALARM
    first = {key[0]: key for key in reversed(law)}
    perturbed = {key: 0.9 * p + 0.1 * (key == first[key[0]]) for key, p in law.items()}
    assert pvalue(seen, perturbed, runs) < FALSE_ALARM


@pytest.mark.parametrize("time_limit", [None, 1])
def test_a_new_episode_begins_by_the_law_of_the_start_whatever_ended_the_last(time_limit):
    """Exact binomial tests of all (last state, reward, start), with a false alarm probability of 1e-6 in all.

    Other probabilities of the start, or a start that hangs on how the last episode ended, would be seen.
    """
    start = np.array([0.1, 0.0, 0.2, 0.3, 0.4])
    ends = [(0.25, 0, 1.0), (0.15, 1, 0.0), (0.05, 2, 3.0), (0.35, 2, 2.0), (0.2, 4, 0.0)]
    model = Model.from_function(
        range(5), [0], lambda s, a: [(p, to, r, time_limit is None) for p, to, r in ends], start=start, discount=1
    )
    draws = 200_000
    env = ModelEnv(model, draws, time_limit)
    begun = env.reset(seed=None)[0]
    law = {s: p for s, p in enumerate(start) if p}
    assert pvalue(Counter(begun.tolist()), law, draws) > FALSE_ALARM / 2
    last, reward, _, observation = following(env, np.zeros(draws, int), np.zeros(draws, int))
    seen = Counter(zip(last.tolist(), reward.tolist(), observation.tolist(), strict=True))
    law = {(to, r, s): p * q for p, to, r in ends for s, q in enumerate(start) if q}
    assert pvalue(seen, law, draws) > FALSE_ALARM / 2
    uniform = {(to, r, s): p / 4 for p, to, r in ends for s, q in enumerate(start) if q}
    assert pvalue(seen, uniform, draws) < FALSE_ALARM
    tied = {key: p * (1.2 if key[2] == 4 else 1 - 0.2 * 0.4 / 0.6) for key, p in law.items()}
    assert pvalue(seen, {**law, **{key: tied[key] for key in law if key[0] == 4}}, draws) < FALSE_ALARM


def test_an_action_that_is_none_is_refused_and_changes_nothing():
    env = Gridworld(num_envs=2)
    before = env.reset(seed=0)[0]
    for actions in ([0, 4], [-1, 0]):
        with pytest.raises(IndexError, match="not one of the environment's"):
            env.step(np.array(actions))
    for actions in ([0, 1, 2], [0]):
        with pytest.raises(ValueError, match="one action a run"):
            env.step(np.array(actions))
    assert (env.state == before).all()
    assert (env.elapsed == 0).all()


def test_an_action_that_is_not_available_is_played_as_the_nearest_that_is():
    env = GamblersProblem(num_envs=1_000)
    env.reset(seed=0)
    reached, reward, terminated, _ = following(env, 3, np.full(1_000, 49))
    assert set(reached) == {0, 6}
    assert (reward == 0).all()
    assert ((reached == 0) == terminated).all()
    reached, reward, terminated, _ = following(env, 98, np.full(1_000, 49))
    assert set(reached) == {96, 100}
    assert ((reached == 100) == (reward == 1)).all()
    assert ((reached == 100) == terminated).all()

    taken = [[1], [4], [0, 2], [0, 3, 4], [1, 3]]
    model = Model.from_function(
        range(5), range(5), lambda s, a: [(1, a, 0, False)] if a in taken[s] else [], start=0, discount=1
    )
    env = ModelEnv(model, 25)
    env.reset(seed=0)
    played = following(env, np.arange(5).repeat(5), np.tile(np.arange(5), 5))[0].reshape(5, 5)
    assert played.tolist() == [[1] * 5, [4] * 5, [0, 0, 2, 2, 2], [0, 0, 3, 3, 4], [1, 1, 1, 3, 3]]


def test_what_is_returned_cannot_change_the_environment():
    env, same = (Gridworld(num_envs=100, time_limit=3, render_mode="ansi") for _ in range(2))
    env.reset(seed=0)[0][:] = 1
    same.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        actions = actions_of(rng, env)
        *arrays, info = env.step(actions)
        assert data_equivalence((*arrays, info), same.step(actions), exact=True)
        for array in (*arrays, *info.values()):
            array[:] = 1
        assert env.render() == same.render()


def shortest(model):
    """Steps of the shortest way from the start to an end, by breadth-first search over the entries."""
    row = np.repeat(np.arange(model.states), np.diff(model.offsets[:: model.actions]))
    steps, reached = 1, model.start > 0
    while not model.terminated[reached[row]].any():
        reached[model.next_state[reached[row]]] = True
        steps += 1
    return steps


@pytest.mark.parametrize(
    ("env", "settings", "steps"),
    [
        (WindyGridworld, {}, 15),
        (WindyGridworld, {"kings_moves": True}, 7),
        (CliffWalking, {}, 13),
        (DynaMaze, {}, 14),
    ],
)
def test_the_shortest_way_has_the_published_length(env, settings, steps):
    assert shortest(env(**settings).model) == steps


def test_a_step_into_the_cliff_costs_100_and_leads_back():
    env = CliffWalking(num_envs=4)
    assert env.reset(seed=0)[0].tolist() == [36] * 4
    observation, reward, terminated, _, _ = env.step(np.array([1, 0, 2, 3]))
    assert observation.tolist() == [36, 24, 36, 36]
    assert reward.tolist() == [-100, -1, -1, -1]
    assert not terminated.any()


def test_rewards_of_b_have_the_published_mean_and_variance():
    model = MaximizationBias().model
    for action in range(10):
        entries = slice(*model.offsets[10 + action : 12 + action])
        probability, reward = model.probability[entries], model.reward[entries]
        np.testing.assert_allclose(probability @ reward, -0.1)
        np.testing.assert_allclose(probability @ (reward + 0.1) ** 2, 1)
        assert stats.kstest(reward, stats.norm(-0.1, 1).cdf).statistic < 0.01
        assert model.terminated[entries].all()


def test_a_picture_of_states_leaves_walls_where_there_are_none():
    assert Garnet(states=33, render_mode="ansi").model.picture.text == ["......"] * 5 + ["...###"]
