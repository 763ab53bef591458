"""The toy-text environments of Gymnasium: their models, and steps with the same results or the same law."""

from collections import Counter
from copy import deepcopy

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import WrapperSpec
from gymnasium.envs.toy_text import FrozenLakeEnv
from gymnasium.wrappers import TimeLimit
from reference.mdps import q_of
from support.exact_tests import FALSE_ALARM, pvalue, two_sample_pvalue
from support.mdps import Shaping, ToyText, assert_same_model, random_actions, shaped, step_from

from rlnotes.agents import Random, ValueIteration
from rlnotes.base.errors import SettingError
from rlnotes.envs import from_gymnasium
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize("id", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v4"])
def test_the_model_of_a_toy_text_environment_is_its_table_which_stays_unchanged(id):
    env = gym.make(id)
    table = deepcopy(env.unwrapped.P)
    model = from_gymnasium(env, discount=0.8)
    assert table == env.unwrapped.P
    assert_same_model(model, Registered(id, {"discount": 0.8}).model)
    assert (model.states, model.actions) == (env.observation_space.n, env.action_space.n)
    np.testing.assert_allclose(model.start, env.unwrapped.initial_state_distrib)
    value = np.random.default_rng(0).standard_normal(model.states)
    np.testing.assert_allclose(model.q(value), q_of(table, value, 0.8, model.actions), atol=1e-12)


def test_the_actions_of_a_toy_text_model_are_those_of_the_action_space():
    table = {0: {1: [(1.0, 1, 0.0, False)]}, 1: {0: [(1.0, 1, 1.0, True)]}}
    model = from_gymnasium(ToyText(table, [1.0, 0.0], actions=2))
    assert model.available.tolist() == [[False, True], [True, False]]


def test_a_toy_text_environment_that_does_not_step_by_its_table_has_no_model():
    assert Registered("Taxi-v4").model is not None
    assert Registered("Taxi-v4", {"fickle_passenger": True}).model is None


class ShapedLake(FrozenLakeEnv):
    def step(self, action):
        return shaped(super().step(action))


def replaced(**settings):
    """A frozen lake with another `step` of its own."""
    env = FrozenLakeEnv(**settings)
    env.step = lambda action: shaped(FrozenLakeEnv.step(env, action))
    return env


LAKES = {
    "a wrapper in the registration": {
        "entry_point": FrozenLakeEnv,
        "additional_wrappers": (WrapperSpec("Shaping", "support.mdps:Shaping", {}),),
    },
    "a wrapper in the constructor": {"entry_point": lambda **settings: Shaping(FrozenLakeEnv(**settings))},
    "a derived class": {"entry_point": ShapedLake},
    "a replaced method": {"entry_point": replaced},
}


@pytest.fixture
def lake(request, monkeypatch):
    """The id of a frozen lake with other rewards."""
    monkeypatch.setitem(gym.registry, "Shaped-v0", None)
    del gym.registry["Shaped-v0"]
    gym.register("Shaped-v0", **LAKES[request.param], kwargs={"is_slippery": False}, max_episode_steps=9)
    return "Shaped-v0"


@pytest.mark.parametrize("lake", LAKES, indirect=True)
def test_a_changed_toy_text_environment_is_stepped_itself_and_has_no_model(lake):
    data = simulate(Cell(Random(), Registered(lake), steps=100, runs=20)).data
    ended = data["lengths"] > 0
    length, total = data["lengths"][ended], data["returns"][ended]
    last = total + 0.1 * (length - 1)
    assert {-1.0, -0.1} <= set(last.round(6)) <= {-1.0, -0.1, 10.0}
    with pytest.raises(SettingError, match=r"^agent=value_iteration: does not fit env=Shaped-v0: it needs the model"):
        Cell(ValueIteration(), Registered(lake))


@pytest.mark.parametrize("lake", list(LAKES)[:3], indirect=True)
def test_the_table_of_a_changed_toy_text_environment_is_no_model(lake):
    with pytest.raises(SettingError, match=r"^env=Shaped-v0: has no model: it must have P and .* unchanged$"):
        from_gymnasium(lake)


def test_a_time_limit_of_its_own_stays(monkeypatch):
    monkeypatch.setitem(gym.registry, "Shaped-v0", None)
    del gym.registry["Shaped-v0"]
    gym.register("Shaped-v0", entry_point=lambda: TimeLimit(FrozenLakeEnv(), 3))
    assert Registered("Shaped-v0").model is None
    assert simulate(Cell(Random(), Registered("Shaped-v0"), steps=100, runs=2)).data["lengths"].max() == 3
    assert from_gymnasium("Shaped-v0").states == 16


@pytest.mark.parametrize(
    ("id", "settings"), [("CliffWalking-v1", {}), ("FrozenLake-v1", {"is_slippery": False}), ("Taxi-v4", {})]
)
def test_a_trajectory_without_chance_is_that_of_gymnasium(id, settings):
    ours, theirs = Registered(id, settings).batch(100), gym.make(id, **settings).unwrapped
    rng = np.random.default_rng(0)
    state = ours.reset(seed=0)[0]
    theirs.reset(seed=0)
    finished = 0
    for _ in range(200):
        actions = random_actions(rng, ours)
        observation, reward, terminated, truncated, info = ours.step(actions)
        last = info.get("final_obs", observation)
        for run in range(100):
            theirs.s = int(state[run])
            assert theirs.step(int(actions[run]))[:3] == (last[run], reward[run], terminated[run])
        finished += terminated.sum()
        state = observation
    assert finished or id != "FrozenLake-v1"
    assert truncated.any() == (id == "Taxi-v4")


@pytest.mark.parametrize("id", ["CliffWalking-v1", "FrozenLake-v1", "Taxi-v4"])
def test_every_step_without_chance_is_that_of_gymnasium(id):
    settings = {"is_slippery": False} if id == "FrozenLake-v1" else {}
    theirs = gym.make(id, **settings).unwrapped
    theirs.reset(seed=0)
    states, actions = theirs.observation_space.n, theirs.action_space.n
    ours = Registered(id, settings).batch(states * actions)
    ours.reset(seed=0)
    pairs = np.divmod(np.arange(states * actions), actions)
    steps = []
    for state, action in zip(*pairs, strict=True):
        theirs.s = int(state)
        steps.append(theirs.step(int(action))[:3])
    for our, their in zip(step_from(ours, *pairs), zip(*steps, strict=True), strict=False):
        np.testing.assert_array_equal(our, their)


def test_the_slippery_frozen_lake_has_the_law_of_gymnasium():
    """Exact two-sample tests of all (state, action, next state, reward, terminated), with a false alarm of 1e-6 in all.

    The test would detect a lake on which half of the steps, not a third, go in their direction.
    """
    runs, actions = 800, 4
    theirs = gym.make("FrozenLake-v1").unwrapped
    theirs.reset(seed=None)
    free = np.flatnonzero([letter in "SF" for letter in theirs.desc.astype(str).ravel()])
    row = (free[:, None] * actions + np.arange(actions)).ravel().repeat(runs)
    their_counts = Counter()
    for r in row.tolist():
        theirs.s = r // actions
        their_counts[(r, *theirs.step(r % actions)[:3])] += 1

    def counts(**settings):
        ours = Registered("FrozenLake-v1", settings).batch(len(row))
        ours.reset(seed=None)
        outcomes = step_from(ours, row // actions, row % actions)[:3]
        return Counter(zip(row.tolist(), *(outcome.tolist() for outcome in outcomes), strict=True))

    assert two_sample_pvalue(counts(), their_counts, runs) > FALSE_ALARM
    assert two_sample_pvalue(counts(success_rate=0.5), their_counts, runs) < FALSE_ALARM


def test_the_frozen_lake_and_the_taxi_begin_as_in_gymnasium():
    """Exact binomial tests with a false alarm probability of 1e-6."""
    theirs = gym.make("Taxi-v4").unwrapped
    law = {s: p for s, p in enumerate(theirs.initial_state_distrib) if p}
    ours = Registered("Taxi-v4").batch(100_000)
    assert pvalue(Counter(ours.reset(seed=None)[0].tolist()), law, 100_000) > FALSE_ALARM
    assert (Registered("FrozenLake-v1").batch(9).reset(seed=None)[0] == 0).all()
