"""What was learnt is played again from the kept result."""

import numpy as np
import pytest

from rlnotes import catalog, compare, load, player
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.tabular.q_learning import QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.nn.network import Network
from rlnotes.simulation.recorder import Recorder

NORMAL = Network(widths=[6], inputs="standardise", normalisation="layer")
LEARNT = [
    DQN(begin_after=20, learn_every=3, batch=8, network=NORMAL, dueling=True),
    DRQN(begin_after=30, learn_every=3, batch=3, sequence=4, network=Network(body="gru", widths=[6])),
    PPO(rollout=16, minibatch=8, network=NORMAL),
    catalog.make("agent", "sb3_dqn", {"begin_after": 20, "batch": 8, "network": {"widths": [6]}}),
    catalog.make("agent", "sb3_ppo", {"rollout": 16, "minibatch": 8, "network": {"inputs": "standardise"}}),
    catalog.make("agent", "sb3_recurrent_ppo", {"rollout": 16, "minibatch": 8, "network": {"widths": [6]}}),
]


@pytest.mark.parametrize("agent", LEARNT, ids=catalog.name)
def test_what_is_played_again_is_what_was_played_in_the_end(agent, tmp_path):
    compare(agent, CartPole(), steps=100, runs=3, seed=1, results=tmp_path, progress=False)
    [folder] = tmp_path.glob("cells/*")
    result = load(folder)
    again = player(agent, CartPole(), result)
    luck = np.random.SeedSequence(1, spawn_key=(0,)).spawn(3)[2]  # that of what is played in the end
    recorder = Recorder(CartPole(num_envs=3), steps=1_500, seed=int(luck.generate_state(1)[0]))
    again.learn(recorder, 1_500)
    assert recorder.tally["episodes"].min() >= 3
    for run, count in enumerate(recorder.tally["episodes"]):
        count = min(count, 20)
        assert (recorder.returns[run, :count] == result.data["greedy_returns"][run, :count]).all()
    assert len(np.unique(result.data["weights"], axis=0)) == 3


def test_what_cannot_be_played_again_is_told(tmp_path):
    result = compare(LEARNT[0], CartPole(), steps=100, runs=2, progress=False)["dqn"]
    with pytest.raises(SettingError, match=r"agent=dqn: is not that of the result, name=dqn, .*n=1"):
        player("dqn", CartPole(), result)
    with pytest.raises(SettingError, match=r"agent=dqn.*: has weights \[2, \d+\], and the networks \[2, \d+\]"):
        player(LEARNT[0], CartPole(masked=True), result)
    table = compare(QLearning(), "catch", steps=100, runs=2, progress=False)["q_learning"]
    with pytest.raises(SettingError, match="agent=q_learning: keeps nothing that can be played by"):
        player("q_learning", "catch", table)
