"""Environments whose observation is not the state."""

from dataclasses import dataclass
from itertools import product

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from gymnasium.utils.env_checker import check_env

from rlnotes.agents import BackwardInduction, QLearning, Random, ValueIteration
from rlnotes.agents.base.agent import Problem
from rlnotes.agents.planning.modified_policy_iteration import ModifiedPolicyIteration
from rlnotes.agents.tabular.td import TD
from rlnotes.analysis.series import series
from rlnotes.base.errors import SettingError
from rlnotes.envs import MDP, Catch, DeepSea, Gridworld, KeyToDoor, MemoryLength, Model, ModelEnv, TMaze, Umbrella
from rlnotes.envs.base.scalar_env import ScalarEnv
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

HIDDEN = {
    "memory_length": lambda: MemoryLength(length=4, time_limit=9),
    "umbrella": lambda: Umbrella(length=5, distractors=2),
    "t_maze": lambda: TMaze(length=3, time_limit=12),
    "catch": lambda: Catch(rows=5, columns=3, observation="planes"),
    "deep_sea": lambda: DeepSea(size=4, observation="planes"),
    "gridworld": lambda: Gridworld(observation="planes", time_limit=50),
    "key_to_door": lambda: KeyToDoor(size=2, stay=2, wait=1, observation="planes"),
}


@pytest.fixture(params=HIDDEN)
def hidden(request):
    """An environment with hidden states, made anew for every test."""
    return HIDDEN[request.param]()


def test_the_checkers_pass_on_the_scalar_environment(hidden):
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = ScalarEnv(hidden.batch(1))
    check_env(env, skip_render_check=True)
    check_for_stable_baselines(env, warn=False)


def test_the_observation_is_the_emission_of_the_hidden_state(hidden):
    """With the same seed, an environment that shows the states passes through the same states, step by step."""
    env, shown = hidden.batch(20), ModelEnv(hidden.model, 20, hidden.time_limit)
    assert isinstance(env.single_observation_space, Box)
    assert hidden.emission.dtype == env.single_observation_space.dtype
    assert all(seen in env.single_observation_space for seen in hidden.emission)
    rng = np.random.default_rng(0)
    (seen, info), (state, _) = env.reset(seed=3), shown.reset(seed=3)
    np.testing.assert_array_equal(seen, hidden.emission[state])
    assert info == {}
    episodes = 0
    for _ in range(100):
        actions = rng.integers(env.single_action_space.n, size=20)
        seen, *rest, info = env.step(actions)
        state, *expected, theirs = shown.step(actions)
        assert seen in env.observation_space
        np.testing.assert_array_equal(seen, hidden.emission[state])
        np.testing.assert_array_equal(rest, expected)
        assert info.keys() == theirs.keys()
        if info:
            np.testing.assert_array_equal(info["final_obs"], hidden.emission[shown.shown])
            np.testing.assert_array_equal(info["_final_obs"], theirs["_final_obs"])
            episodes += info["_final_obs"].sum()
    assert episodes > 20


def test_batches_share_the_emission_and_writing_to_results_does_not_change_it(hidden):
    env = hidden.batch(30)
    assert env.emission is hidden.emission
    before = hidden.emission.copy()
    env.reset(seed=0)[0][:] = 7
    rng = np.random.default_rng(0)
    for _ in range(15):
        observation, *_, info = env.step(rng.integers(env.single_action_space.n, size=30))
        for array in (observation, *info.values()):
            array[:] = 7
    np.testing.assert_array_equal(hidden.emission, before)


@pytest.mark.parametrize("id", ["MemoryLength", "Umbrella", "TMaze"])
def test_gymnasium_makes_them_by_their_ids(id):
    env = gym.make_vec(f"rlnotes/{id}-v0", num_envs=4, length=2)
    assert env.length == 2
    assert env.reset(seed=0)[0] in env.observation_space
    scalar = gym.make(f"rlnotes/{id}-v0", length=2)
    assert scalar.reset(seed=0)[0].dtype == np.float32


def distinct(env):
    """The number of the observation of every state [states], and the number of different observations."""
    number = np.unique(env.emission.reshape(len(env.emission), -1), axis=0, return_inverse=True)[1]
    return number, number.max() + 1


def memoryless(env):
    """The values at the start of all policies that choose an action by the observation alone."""
    number, observations = distinct(env)
    for actions in product(range(env.model.actions), repeat=observations):
        yield env.model.start @ env.model.evaluate(np.array(actions)[number])


@pytest.mark.parametrize(
    ("env", "best", "best_without_memory"),
    [
        (MemoryLength(length=1), 1, 0),
        (MemoryLength(length=4), 1, 0),
        (MemoryLength(length=4, discount=0.9), 0.9**4, 0),
        (Umbrella(length=1, distractors=0), 1, 1),
        (Umbrella(length=3, distractors=0, discount=0.9), 0.9**2, 0.9**2),
        (TMaze(length=1), 4 * 0.98, 3.9 / 2 * 0.98),
        (TMaze(length=5, discount=0.9), 4 * 0.9**5, 3.9 / 2 * 0.9**5),
        (Catch(rows=2, columns=2, observation="planes"), 1, 1),
    ],
)
def test_the_optimum_and_the_best_without_memory_have_their_closed_forms(env, best, best_without_memory):
    value = ModifiedPolicyIteration(tolerance=1e-12).plan(env.model).value
    assert env.model.start @ value == pytest.approx(best, abs=1e-12)
    assert max(memoryless(env)) == pytest.approx(best_without_memory, abs=1e-12)


def test_without_memory_every_stochastic_policy_names_the_sign_by_chance():
    env = MemoryLength()
    number, observations = distinct(env)
    for chance in np.random.default_rng(0).dirichlet([1, 1], size=(20, observations)):
        assert env.model.start @ env.model.evaluate(chance[number]) == pytest.approx(0, abs=1e-12)


def name_the_remembered_sign(first, now):
    return (first[:, 2] > 0).astype(int)


def turn_by_the_remembered_sign(first, now):
    at_the_junction = (now == [0, 1, 0]).all(axis=1)
    return np.where(at_the_junction, np.where(first[:, 0] == 0, 0, 2), 1)


def take_the_umbrella_if_it_rains(first, now):
    return now[:, 0].astype(int)


def go_below_the_ball(first, now):
    ball, paddle = (now[:, plane].max(axis=1).argmax(axis=1) for plane in (0, 1))
    return 1 + np.sign(ball - paddle)


def walk_to_what_is_seen(first, now):
    """Up and left to the key, else down and right to the door."""
    row = now[:, 0].max(axis=2).argmax(axis=1)
    to_the_key, last = now[:, 1].any(axis=(1, 2)), now.shape[-1] - 1
    return np.where(to_the_key, np.where(row > 0, 0, 3), np.where(row < last, 2, 1))


@pytest.mark.parametrize(
    ("env", "policy", "returns"),
    [
        (MemoryLength(), name_the_remembered_sign, 1),
        (TMaze(), turn_by_the_remembered_sign, 4),
        (Umbrella(length=1), take_the_umbrella_if_it_rains, 1),
        (Catch(observation="planes"), go_below_the_ball, 1),
        (KeyToDoor(observation="planes"), walk_to_what_is_seen, 1),
        (KeyToDoor(size=3, stay=4, wait=0, observation="planes"), walk_to_what_is_seen, 1),
    ],
)
def test_a_policy_that_remembers_the_first_observation_has_the_best_return_in_every_episode(env, policy, returns):
    env = env.batch(50)
    first = now = env.reset(seed=0)[0]
    ended, total = np.zeros(50, bool), np.zeros(50)
    while not ended.all():
        now, reward, terminated, truncated, _ = env.step(policy(first, now))
        total[~ended] += reward[~ended]
        ended |= terminated | truncated
    assert (total == returns).all()
    assert Cell(Random(), env).ground_truth.best_return == pytest.approx(returns)


def test_memory_length_shows_time_query_and_the_sign_once():
    shown = [[1, 0, -1], [0.5, 0, 0], [0, 1, 0], [1, 0, 1], [0.5, 0, 0], [0, 1, 0]]
    assert MemoryLength(length=2).emission.tolist() == shown


def test_the_t_maze_shows_bakkers_bits():
    bits = ["".join(str(int(bit)) for bit in seen) for seen in TMaze(length=3).emission]
    assert bits == ["011", "101", "101", "010", "110", "101", "101", "010"]


@pytest.mark.parametrize(
    ("place", "move", "expected"),
    [
        (0, 0, (0, -0.1, False)),
        (0, 1, (1, 0.0, False)),
        (0, 3, (0, -0.1, False)),
        (1, 3, (0, 0.0, False)),
        (2, 0, (2, 4.0, True)),
        (2, 1, (2, -0.1, False)),
        (2, 2, (2, -0.1, True)),
        (2, 3, (1, 0.0, False)),
    ],
)
def test_a_step_in_the_t_maze_if_the_goal_is_up(place, move, expected):
    model = TMaze(length=2).model
    row = 4 * place + move
    assert np.diff(model.offsets).tolist() == [1] * len(model.reward)
    assert (model.next_state[row], model.reward[row], model.terminated[row]) == expected


def test_only_the_first_choice_of_the_umbrella_matters_and_the_rest_is_noise():
    env = Umbrella(length=3, distractors=2)
    rain, umbrella, left, *bits = env.emission.T
    model, steps = env.model, np.rint(3 * (1 - left))
    last = steps == 2
    assert sorted(map(tuple, np.array(bits).T[:4])) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    np.testing.assert_allclose(model.expected_reward[~last], 0, atol=1e-12)
    assert (model.expected_reward[last] == np.where(rain == umbrella, 1, -1)[last, None]).all()
    assert (np.abs(model.reward) == 1).all()
    for state, action in product(range(model.states), range(2)):
        entries = slice(*model.offsets[2 * state + action :][:2])
        following = model.next_state[entries]
        umbrella_after = umbrella[state] if steps[state] else action
        if not last[state]:
            assert (umbrella[following] == umbrella_after).all()
            assert (rain[following] == rain[state]).all()
            np.testing.assert_allclose(model.probability[entries], 1 / 8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MemoryLength(length=0), "length=0: must be 1 or more"),
        (lambda: TMaze(length=0), "length=0: must be 1 or more"),
        (lambda: Umbrella(length=0), "length=0: must be 1 or more"),
        (lambda: Umbrella(distractors=7), "distractors=7: must be from 0 to 6"),
        (lambda: Umbrella(distractors=-1), "distractors=-1: must be from 0 to 6"),
        (lambda: Catch(observation="image"), "observation=image: unknown; must be state or planes"),
        (lambda: KeyToDoor(observation="image"), "observation=image: unknown; must be state or planes"),
        (lambda: KeyToDoor(size=1), "size=1: must be 2 or more"),
        (lambda: KeyToDoor(stay=0), "stay=0: must be 1 or more"),
        (lambda: KeyToDoor(wait=-1), "wait=-1: must be 0 or more"),
        (lambda: KeyToDoor(wait=10**12), "wait=1000000000000: needs "),
        (
            lambda: Cell(QLearning(), MemoryLength()),
            "agent=q_learning: does not fit env=memory_length: it needs a finite set of states",
        ),
        (
            lambda: Cell(ValueIteration(), TMaze()),
            "agent=value_iteration: does not fit env=t_maze: it needs the model of a finite MDP whose states are obs",
        ),
        (lambda: Cell(BackwardInduction(), Catch(observation="planes")), "does not fit env=catch: it needs the model"),
        (lambda: Cell(Random(), Blind()), "env.time_limit=null: must be set: no episode ends there"),
        (lambda: Cell(Random(), Blind(), episodes=3), "episodes=3: never end in env=Blind"),
    ],
)
def test_a_bad_setting_is_refused_in_one_line(make, message):
    with pytest.raises(SettingError) as error:
        make()
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@dataclass(eq=False, kw_only=True)
class Blind(MDP):
    """Two states that look the same; in one of them the first action pays 1 at every step."""

    def build(self):
        return Model.from_arrays(np.eye(2)[[[0, 1], [1, 0]]], [[0.0, 0.0], [1.0, 0.0]], start=0, discount=self.discount)

    def observed(self):
        return Discrete(1), np.zeros(2, np.int64)


def test_an_agent_does_not_see_a_hidden_model_and_the_best_return_is_that_of_the_model():
    """From state 0 the second action leads to state 1, which pays in the remaining four steps of five."""
    env = Blind(time_limit=5)
    for agent in (Random(), QLearning()):
        cell = Cell(agent, env, steps=50, runs=4)
        assert Problem.of(env, env.batch(4), 50).model is None
        assert cell.ground_truth.best_return == 4
        result = simulate(cell)
        assert not {"greedy_value", "optimal_value", "grid"} & result.data.keys()
        regret = series(result, "episode_regret")[1]
        np.testing.assert_array_equal(regret, np.cumsum(4 - result.data["returns"], axis=1))
    assert (simulate(Cell(TD(), env, steps=50, runs=4)).metric) == "return"
