"""Data sets of what runs do: every step, in Minari's format; results do not change."""

from contextlib import closing

import minari
import numpy as np
import pytest
from support.quick_agents import quick

from rlnotes import compare
from rlnotes.agents import EpsilonGreedy, QLearning, Random, ValueIteration
from rlnotes.base.errors import SettingError
from rlnotes.data.minari_files import read
from rlnotes.envs import BernoulliBandit, CartPole, CliffWalking, LinearBandit
from rlnotes.envs.registered import Registered

CELLS = {
    "a bandit": (EpsilonGreedy(), BernoulliBandit(means=[0.3, 0.6]), {"steps": 30}),
    "a bandit with contexts": (Random(), LinearBandit(), {"steps": 30}),
    "a finite MDP": (QLearning(), CliffWalking(time_limit=40), {"steps": 200}),
    "episodes": (QLearning(), CliffWalking(time_limit=40), {"episodes": 3}),
    "a plan": (ValueIteration(), CliffWalking(), {"steps": 60}),
    "networks": (quick("ppo"), CartPole(), {"steps": 60, "evaluation_episodes": 0}),
    "masks": (Random(), Registered("Taxi-v4"), {"steps": 250}),
    "real actions": (Random(), Registered("Pendulum-v1", {"max_episode_steps": 20}), {"steps": 50}),
}


def recorded(results, agent, env, **settings):
    """The result of a cell with 3 runs, and the folder of its data set."""
    comparison = compare(agent, env, runs=3, results=results, progress=False, **{"record": True, **settings})
    [folder] = (results / "datasets").iterdir()
    [result] = comparison.results.values()
    return result, folder


@pytest.mark.parametrize("kind", CELLS)
def test_a_data_set_has_every_step_and_minari_reads_it(kind, tmp_path, monkeypatch):
    agent, env, extent = CELLS[kind]
    result, folder = recorded(tmp_path, agent, env, **extent)
    [plain] = compare(agent, env, runs=3, progress=False, **extent).results.values()
    assert {name: x.tobytes() for name, x in result.data.items()} == {n: x.tobytes() for n, x in plain.data.items()}

    data = read(folder)
    if "steps" in extent:
        assert len(data) == 3 * extent["steps"]
    else:
        assert len(data.lengths) == 3 * extent["episodes"]
    if "returns" in result.data:
        done = result.data["lengths"] > 0
        whole = data.terminated[data.first[1:] - 1] | (data.lengths == env.time_limit)
        assert data.returns[whole].tolist() == pytest.approx(result.data["returns"][done].tolist())
        assert data.lengths[whole].tolist() == result.data["lengths"][done].tolist()
    else:
        assert data.returns.tolist() == pytest.approx(result.data["reward"][:, -1].tolist())

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))
    stored = minari.load_dataset(folder.name)
    assert (stored.total_steps, stored.total_episodes) == (len(data), len(data.lengths))
    with closing(stored.recover_environment()) as again:
        assert again.observation_space == stored.observation_space
        assert again.action_space == stored.action_space
    for one in stored.iterate_episodes():
        assert len(one.observations) == len(one.actions) + 1 == len(one) + 1
        assert all(observation in stored.observation_space for observation in one.observations)
        assert all(action in stored.action_space for action in one.actions)
        assert not (one.terminations | one.truncations)[:-1].any()
        assert one.terminations[-1] ^ one.truncations[-1]


def test_equal_actions_in_equal_states_of_a_cliff_have_equal_outcomes(tmp_path):
    data = read(recorded(tmp_path, QLearning(), CliffWalking(time_limit=40), steps=300)[1])
    acts = set(zip(data.observation, data.action, strict=True))
    outcomes = zip(data.observation, data.action, data.next_observation, data.reward, data.terminated, strict=True)
    assert len(acts) == len(set(outcomes)) > 50
    goes_on = ~(data.terminated | data.truncated)[:-1]
    assert (data.next_observation[:-1] == data.observation[1:])[goes_on].all()
    assert (data.observation[data.first[:-1]] == 36).all()


def test_masks_and_probabilities_are_those_of_the_steps(tmp_path):
    data = read(recorded(tmp_path, Random(), Registered("Taxi-v4"), steps=250)[1])
    assert data.allowed[np.arange(len(data)), data.action].all()
    assert data.probability.tolist() == pytest.approx((1 / data.allowed.sum(axis=1)).tolist())


def test_episodes_after_learning_are_a_data_set_of_their_own(tmp_path):
    settings = {"steps": 64, "evaluation_episodes": 2}
    result, folder = recorded(tmp_path, quick("ppo"), CartPole(), record="evaluation", **settings)
    data = read(folder)
    assert folder.name.endswith("-evaluation-v0")
    assert data.returns.tolist() == result.data["greedy_returns"].ravel().tolist()


def test_the_data_of_many_runs_is_that_of_all_blocks(tmp_path):
    compare(Random(), BernoulliBandit(), steps=2, runs=2_001, results=tmp_path, record=True, progress=False)
    [folder] = (tmp_path / "datasets").iterdir()
    assert len(read(folder).lengths) == 2_001


def test_a_stored_cell_is_recorded_when_it_is_asked_for(tmp_path):
    settings = {"runs": 2, "steps": 20, "results": tmp_path, "progress": False}
    compare("random", BernoulliBandit(), **settings)
    compare("random", BernoulliBandit(), record=True, **settings)
    [folder] = (tmp_path / "datasets").iterdir()
    before = (folder / "data" / "metadata.json").stat().st_mtime_ns
    compare("random", BernoulliBandit(), record=True, **settings)
    assert (folder / "data" / "metadata.json").stat().st_mtime_ns == before
    assert len(list((tmp_path / "cells").iterdir())) == 1


def test_a_failure_leaves_no_data_set(tmp_path):
    with pytest.raises(SettingError, match="too few: no episode ended"):
        recorded(tmp_path, QLearning(), CliffWalking(), steps=20)
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"record": "all"}, "record=all: must be true, false or evaluation"),
        ({"record": "evaluation"}, "record=evaluation: random plays no episodes after learning on cliff_walking"),
        ({"checkpoint": 5}, "record=True: needs checkpoint=null"),
        ({"steps": 10**12}, r"record=True: needs [\d,.]+ GB of memory"),
    ],
)
def test_what_cannot_be_recorded_is_refused(settings, message, tmp_path):
    with pytest.raises(SettingError, match=message):
        recorded(tmp_path, "random", CliffWalking(), **{"steps": 10, **settings})


def test_episodes_after_learning_are_refused_where_none_are_played(tmp_path):
    with pytest.raises(SettingError, match="record=evaluation: ppo plays no episodes after learning on cliff_walking"):
        recorded(tmp_path, quick("ppo", network={}), CliffWalking(time_limit=20), steps=40, record="evaluation")
    assert not list(tmp_path.glob("datasets/*"))


def test_a_pattern_fits_one_data_set(tmp_path):
    folder = recorded(tmp_path, "random", BernoulliBandit(), steps=10)[1]
    assert read(f"{folder.parent}/random-*").digest == read(folder).digest
    compare("random", BernoulliBandit(), runs=2, steps=10, results=tmp_path, record=True, progress=False)
    with pytest.raises(SettingError, match=r"data=.*random-\*: must fit one path, and fits .*-2-v0 and .*-3-v0$"):
        read(f"{folder.parent}/random-*")
    with pytest.raises(SettingError, match=r"data=.*ppo-\*: must fit one path, and fits none"):
        read(f"{folder.parent}/ppo-*")


def test_data_for_no_agent_is_refused(tmp_path):
    folder = recorded(tmp_path, "random", BernoulliBandit(), steps=10)[1]
    with pytest.raises(SettingError, match="none of the agents learns from data: random"):
        compare("random", BernoulliBandit(), steps=10, runs=1, data=folder, progress=False)
