"""A learnt policy plays again from the stored result."""

import numpy as np
import pytest

from rlnotes import catalog, compare, load, player
from rlnotes.agents.tabular.q_learning import QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.simulation.recorder import Recorder

NORMAL = {"widths": [6], "inputs": "standardise", "normalisation": "layer"}
SMALL = {"widths": [6]}
REPLAY = {"begin_after": 20, "learn_every": 3, "batch": 8}
ROLLOUT = {"rollout": 16, "minibatch": 8}
LEARNERS = {
    "dqn": REPLAY | {"dueling": True, "network": NORMAL},
    "drqn": REPLAY | {"begin_after": 30, "batch": 3, "sequence": 4, "network": SMALL | {"body": "gru"}},
    "ppo": ROLLOUT | {"network": NORMAL},
    "sb3_dqn": {"begin_after": 20, "batch": 8, "network": SMALL},
    "sb3_ppo": ROLLOUT | {"network": {"inputs": "standardise"}},
    "sb3_recurrent_ppo": ROLLOUT | {"network": SMALL},
}


@pytest.mark.parametrize("name", LEARNERS)
def test_a_loaded_policy_repeats_the_greedy_episodes_of_the_result(name, tmp_path):
    agent = catalog.make("agent", name, LEARNERS[name])
    env = CartPole(time_limit=60)
    compare(agent, env, steps=100, runs=3, seed=1, results=tmp_path, progress=False)
    [folder] = tmp_path.glob("cells/*")
    result = load(folder)
    again = player(agent, env, result)
    for_greedy = np.random.SeedSequence(1, spawn_key=(0,)).spawn(3)[2]  # the random numbers of the greedy episodes
    recorder = Recorder(env.batch(3), steps=200, seed=int(for_greedy.generate_state(1)[0]))
    again.learn(recorder, 200)
    log = recorder.episode_log
    assert log.episodes.min() >= 3
    known = result.data["greedy_returns"]
    assert np.isfinite(known).any(axis=1).all()
    for run, count in enumerate(np.isfinite(known).sum(axis=1)):
        assert (log.returns[run, :count] == known[run, :count]).all()
    assert len(np.unique(result.data["weights"], axis=0)) == 3


def test_a_result_without_such_a_policy_is_refused():
    dqn = catalog.make("agent", "dqn", LEARNERS["dqn"])
    result = compare(dqn, CartPole(), steps=100, runs=2, progress=False)["dqn"]
    with pytest.raises(SettingError, match=r"agent=dqn: differs from the agent of the result, name=dqn, .*n=1"):
        player("dqn", CartPole(), result)
    with pytest.raises(SettingError, match=r"agent=dqn.*: has weights \[2, \d+\], and the networks \[2, \d+\]"):
        player(dqn, CartPole(masked=True), result)
    table = compare(QLearning(), "catch", steps=100, runs=2, progress=False)["q_learning"]
    with pytest.raises(SettingError, match="agent=q_learning: stores no policy that can be played"):
        player("q_learning", "catch", table)
