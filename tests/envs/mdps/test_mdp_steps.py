"""The steps of finite MDPs: seeds, common random numbers, episodes, and the law of the model [notes 2.1]."""

from collections import Counter

import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from support.exact_tests import FALSE_ALARM, pvalue
from support.mdps import PATHS, law_of, make, model_of, random_actions, step_from, trajectory

from rlnotes.envs import CATALOG, GamblersProblem, Garnet, Gridworld, MaximizationBias, Model, ModelEnv, RandomWalk
from rlnotes.envs.registered import Registered


@pytest.mark.parametrize("path", PATHS)
def test_a_seed_fixes_the_trajectory(path):
    env = make(path, 20)
    assert data_equivalence(trajectory(env, 1), trajectory(env, 1), exact=True)
    assert data_equivalence(trajectory(env, 1), trajectory(make(path, 20), 1), exact=True)


@pytest.mark.parametrize("name", ["gridworld", "jacks_car_rental", "gamblers_problem", "maximization_bias", "garnet"])
def test_another_seed_gives_another_trajectory(name):
    env = make(CATALOG[name], 20)
    assert not data_equivalence(trajectory(env, 1), trajectory(env, 2))


def test_a_reset_without_a_seed_continues_the_random_numbers():
    env = Garnet(num_envs=20)
    first = env.reset(seed=0)[0]
    second = env.reset()[0]
    assert (first != second).any()
    env.reset(seed=0)
    assert (env.reset()[0] == second).all()


@pytest.mark.parametrize("path", PATHS)
def test_a_run_does_not_depend_on_the_actions_of_other_runs(path):
    env = make(path, 30)
    others = np.arange(30) != 3

    def trace(seed_of_run_3):
        rng, own = np.random.default_rng(0), np.random.default_rng(seed_of_run_3)
        trace = [env.reset(seed=0)[0]]
        for _ in range(80):
            actions = random_actions(rng, env)
            actions[3] = own.integers(env.model.actions)
            trace += env.step(actions)[:4]
        return trace

    a, b = trace(1), trace(2)
    assert all((x[others] == y[others]).all() for x, y in zip(a, b, strict=True))
    differs = any((x[3] != y[3]).any() for x, y in zip(a, b, strict=True))
    assert differs == (env.model.actions > 1)  # a chain without choices takes the same steps


def test_common_random_numbers_a_seed_fixes_the_draws_of_a_step_after_any_actions():
    env = Gridworld(num_envs=200, time_limit=5)
    steps = []
    for action_seed in (1, 2):
        trajectory(env, seed=7, action_seed=action_seed)
        steps.append(step_from(env, np.arange(200) % env.model.states, np.arange(200) % 4)[:3])
    assert data_equivalence(*steps, exact=True)


@pytest.mark.parametrize("path", PATHS)
def test_an_episode_begins_in_the_step_that_ends_the_one_before(path):
    env = ModelEnv(model_of(path), 50, time_limit=30)
    start = np.flatnonzero(env.model.start)
    entries = (
        {key[:2] + key[3:] for key in law_of(env.model, range(env.model.row_count))} if env.model.states < 200 else None
    )
    rng = np.random.default_rng(0)
    state = env.reset(seed=0)[0]
    assert np.isin(state, start).all()
    length, ended_by_limit = np.zeros(50, int), 0
    for _ in range(100):
        actions = random_actions(rng, env)
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


@pytest.mark.parametrize(
    ("batch", "rows", "runs"),
    [
        (lambda n: Gridworld(num_envs=n), None, 2_000),
        (lambda n: make(CATALOG["jacks_car_rental"], n), 10, 20_000),
        (lambda n: Garnet(states=30, branching=7, num_envs=n), None, 2_000),
        (lambda n: Registered("FrozenLake-v1").batch(n), None, 5_000),
        (lambda n: MaximizationBias(num_envs=n), None, 20_000),
    ],
    ids=["gridworld", "jacks_car_rental", "garnet", "frozen_lake", "maximization_bias"],
)
def test_steps_have_the_law_of_the_model(batch, rows, runs):
    """Exact binomial tests of all (next state, reward, terminated), with a false alarm probability of 1e-6 in all.

    The test would detect a law in which one step in ten has the first of its outcomes.
    """
    model = batch(1).model
    chosen = np.flatnonzero(model.available)
    chosen = chosen if rows is None else np.random.default_rng(0).choice(chosen, rows, replace=False)
    env = batch(runs * len(chosen))
    env.reset(seed=None)
    row = chosen.repeat(runs)
    outcomes = step_from(env, row // model.actions, row % model.actions)[:3]
    seen = Counter(zip(row.tolist(), *(outcome.tolist() for outcome in outcomes), strict=True))
    law = law_of(model, chosen.tolist())
    assert pvalue(seen, law, runs) > FALSE_ALARM
    first = {key[0]: key for key in reversed(law)}
    perturbed = {key: 0.9 * p + 0.1 * (key == first[key[0]]) for key, p in law.items()}
    assert pvalue(seen, perturbed, runs) < FALSE_ALARM


@pytest.mark.parametrize("time_limit", [None, 1])
def test_the_start_of_an_episode_has_its_law_however_the_one_before_ended(time_limit):
    """Exact binomial tests of all (last state, reward, start), with a false alarm probability of 1e-6 in all.

    The test would detect other start probabilities, or a start that depends on how the last episode ended.
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
    last, reward, _, observation = step_from(env, np.zeros(draws, int), np.zeros(draws, int))
    seen = Counter(zip(last.tolist(), reward.tolist(), observation.tolist(), strict=True))
    law = {(to, r, s): p * q for p, to, r in ends for s, q in enumerate(start) if q}
    assert pvalue(seen, law, draws) > FALSE_ALARM / 2
    uniform = {(to, r, s): p / 4 for p, to, r in ends for s, q in enumerate(start) if q}
    assert pvalue(seen, uniform, draws) < FALSE_ALARM
    tied = {key: p * (1.2 if key[2] == 4 else 1 - 0.2 * 0.4 / 0.6) for key, p in law.items()}
    assert pvalue(seen, {**law, **{key: tied[key] for key in law if key[0] == 4}}, draws) < FALSE_ALARM


def test_an_invalid_action_is_refused_and_changes_nothing():
    env = Gridworld(num_envs=2)
    before = env.reset(seed=0)[0]
    for actions in ([0, 4], [-1, 0]):
        with pytest.raises(IndexError, match="not one of the environment's"):
            env.step(np.array(actions))
    for actions in ([0, 1, 2], [0]):
        with pytest.raises(ValueError, match="one action per run"):
            env.step(np.array(actions))
    assert (env.state == before).all()
    assert (env.elapsed == 0).all()


def test_an_unavailable_action_is_replaced_by_the_nearest_available_one():
    env = GamblersProblem(num_envs=1_000)
    env.reset(seed=0)
    reached, reward, terminated, _ = step_from(env, 3, np.full(1_000, 49))
    assert set(reached) == {0, 6}
    assert (reward == 0).all()
    assert ((reached == 0) == terminated).all()
    reached, reward, terminated, _ = step_from(env, 98, np.full(1_000, 49))
    assert set(reached) == {96, 100}
    assert ((reached == 100) == (reward == 1)).all()
    assert ((reached == 100) == terminated).all()

    taken = [[1], [4], [0, 2], [0, 3, 4], [1, 3]]
    model = Model.from_function(
        range(5), range(5), lambda s, a: [(1, a, 0, False)] if a in taken[s] else [], start=0, discount=1
    )
    env = ModelEnv(model, 25)
    env.reset(seed=0)
    played = step_from(env, np.arange(5).repeat(5), np.tile(np.arange(5), 5))[0].reshape(5, 5)
    assert played.tolist() == [[1] * 5, [4] * 5, [0, 0, 2, 2, 2], [0, 0, 3, 3, 4], [1, 1, 1, 3, 3]]
