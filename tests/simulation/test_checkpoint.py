"""A cell that was stopped goes on to the very numbers that it would have had, and damaged checkpoints are told."""

import io
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.results import cells
from test_deep_agents import LEARNING
from test_sb3_agents import QUICK as SB3

from rlnotes import catalog, compare
from rlnotes.simulation import simulate as simulate_module
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.agents.deep.base.saved_state import unpack
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.sb3.base.sb3_agent import SB3Agent
from rlnotes.agents.random import Random
from rlnotes.agents.tabular.q_learning import QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.envs.mdps.cliff_walking import CliffWalking
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.simulate import simulate

DQN_OFTEN = {"begin_after": 20, "learn_every": 3, "copy_every": 9, "capacity": 60, "batch": 8}
SMALL = DQN(**DQN_OFTEN, network=Network(widths=[6]))


class Stop(BaseException):
    pass


def stopping(after):
    """Who is told of progress, and stops all after so much of it."""
    done = [0]

    def advance(progress):
        done[0] += progress
        if done[0] >= after:
            raise Stop

    return advance


def stop_and_go_on(cell, folder, *stops, every=7):
    """The data of a cell that was stopped after so many steps of all runs, again and again, and went on."""
    for after in stops:
        with pytest.raises(Stop):
            simulate(cell, stopping(after), Checkpoint(folder, cell.name, every))
    return simulate(cell, checkpoint=Checkpoint(folder, cell.name, every)).data


def assert_same(data, other):
    assert data.keys() == other.keys()
    for key, value in data.items():
        assert value.tobytes() == other[key].tobytes(), key


@pytest.mark.parametrize("agent", LEARNING)
def test_what_was_stopped_goes_on_to_the_same_numbers(agent, tmp_path, monkeypatch):
    """Those of the curves and of the weights, wherever it is stopped: within an episode, or where one has ended."""
    weights, frozen = [], DeepAgent.frozen
    monkeypatch.setattr(DeepAgent, "frozen", lambda self: weights.append(self.adam.theta.clone()) or frozen(self))
    agent = replace(agent, epsilon=0.1) if isinstance(agent, DQN) else agent
    cell = Cell(agent, CartPole(masked=True), steps=120, runs=3)
    data = stop_and_go_on(cell, tmp_path, *range(25, 360, 25), every=1)
    assert_same(data, simulate(cell).data)
    assert (weights[0] == weights[1]).all()


@pytest.mark.parametrize("name", SB3)
@pytest.mark.parametrize(("every", "stops"), [(1, range(25, 360, 25)), (50, (200, 340))])
def test_the_models_of_stable_baselines3_go_on_likewise(name, every, stops, tmp_path):
    """From the last rollout that began so many steps after another, or more; steps end in the middle of one."""
    settings = {"capacity": 40} if "dqn" in name else {"network": {"inputs": "standardise"}}
    cell = Cell(catalog.make("agent", name, SB3[name] | settings), CartPole(time_limit=14), steps=120, runs=3)
    data = stop_and_go_on(cell, tmp_path, *stops, every=every)
    assert_same(data, simulate(cell).data)
    with np.load(tmp_path / "0.npz", allow_pickle=False) as kept:
        assert len(kept["actions"]) % cell.agent.stride == 0
        assert len(kept["actions"]) >= every


@pytest.mark.parametrize("name", SB3)
def test_what_the_models_of_stable_baselines3_have_learnt_they_do_not_learn_again(name, tmp_path, monkeypatch):
    cell, asked = Cell(catalog.make("agent", name, SB3[name]), CartPole(), steps=100, runs=2), []
    act = SB3Agent.act
    monkeypatch.setattr(SB3Agent, "act", lambda self, observation: asked.append(self.t) or act(self, observation))
    with pytest.raises(Stop):
        simulate(cell, stopping(150), Checkpoint(tmp_path, cell.name, 40))
    simulate(cell, checkpoint=Checkpoint(tmp_path, cell.name, 40))
    went_on = 48 if cell.agent.stride == 16 else 40
    assert asked == [*range(75), *range(went_on, 100)]


@pytest.mark.parametrize("extent", [{"steps": 300}, {"episodes": 6}])
def test_what_was_judged_is_kept(extent, tmp_path):
    cell = Cell(SMALL, CliffWalking(discount=0.9, time_limit=30), **extent, runs=2)
    data = stop_and_go_on(cell, tmp_path, *((300, 500) if "steps" in extent else (4, 9)))
    assert_same(data, simulate(cell).data)
    assert np.isfinite(data["greedy_value"]).all()


def test_every_block_of_runs_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(simulate_module, "BLOCK", 2)
    cell = Cell(SMALL, CartPole(), steps=90, runs=5)
    assert_same(stop_and_go_on(cell, tmp_path, 60, 300), simulate(cell).data)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0.npz", "1.npz", "2.npz"]


def test_what_is_kept_is_not_learnt_again(tmp_path, monkeypatch):
    cell, asked = Cell(SMALL, CartPole(), steps=100, runs=2), []
    act = DQN.act
    monkeypatch.setattr(DQN, "act", lambda self, observation: asked.append(self.t) or act(self, observation))
    with pytest.raises(Stop):
        simulate(cell, stopping(150), Checkpoint(tmp_path, cell.name, 20))
    stopped = len(asked)
    simulate(cell, checkpoint=Checkpoint(tmp_path, cell.name, 30))
    assert asked == [*range(75), *range(60, 100)]
    assert stopped == 75


def test_a_command_that_was_killed_goes_on_where_it_stopped(tmp_path, command):
    words = ["agent=dqn", "agent.begin_after=100", "env=CartPole-v1", "steps=2000", "runs=2"]
    assert command(*words, "results=whole").returncode == 0
    line = [sys.executable, "-m", "rlnotes.run", *words, "results=killed", "checkpoint=100"]
    process = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = tmp_path / "killed" / "checkpoints"
    for _ in range(6_000):
        if list(kept.glob("*/0.npz")) or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    [file] = kept.glob("*/0.npz")
    with np.load(file, allow_pickle=False) as arrays:
        assert 100 <= len(arrays["actions"]) < 2000
    went_on = command(*words, "results=killed", "checkpoint=100")
    assert went_on.returncode == 0
    assert "anew" not in went_on.stderr
    assert cells(tmp_path / "killed") == cells(tmp_path / "whole")
    assert not kept.exists()


@pytest.fixture
def stopped(tmp_path):
    """A cell that was stopped, its checkpoint and the file in which that is."""
    cell = Cell(SMALL, CartPole(), steps=60, runs=2)
    checkpoint = Checkpoint(tmp_path, cell.name, 10)
    with pytest.raises(Stop):
        simulate(cell, stopping(80), checkpoint)
    return cell, checkpoint, tmp_path / "0.npz"


def cut(kept):
    return kept[: len(kept) // 2]


def turned(kept):
    at = len(kept) // 3
    return kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :]


def runs_code(kept):
    file = Path("pickle.npz")
    np.savez(file, cell=np.array([print], object))
    return file.read_bytes()


@pytest.mark.parametrize("damage", [cut, turned, runs_code, lambda kept: b"", lambda kept: b"no archive"])
def test_a_damaged_checkpoint_is_told_and_its_runs_begin_anew(damage, stopped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell, checkpoint, file = stopped
    file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(UserWarning, match=rf"{file} is no checkpoint of this cell \(.*\); it begins anew") as told:
        data = simulate(cell, checkpoint=checkpoint).data
    assert "\n" not in str(told[0].message)
    assert_same(data, simulate(cell).data)


def test_no_changed_bit_goes_unnoticed(stopped):
    """Either the file is refused, or what was changed tells nothing, as the dates in an archive."""
    _, checkpoint, file = stopped
    kept, whole = file.read_bytes(), checkpoint.load(file)
    rng, refused = np.random.default_rng(0), 0
    for at in rng.integers(len(kept), size=200):
        file.write_bytes(kept[:at] + bytes([kept[at] ^ (1 << rng.integers(8))]) + kept[at + 1 :])
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = checkpoint.load(file)
        assert len(told) == (found is None)
        refused += found is None
        if found is not None:
            assert_same(found, whole)
    assert refused > 100


@pytest.mark.usefixtures("stopped")
def test_a_checkpoint_of_another_cell_is_told(tmp_path):
    other = Cell(DQN(**DQN_OFTEN, network=Network(widths=[7])), CartPole(), steps=60, runs=2)
    with pytest.warns(UserWarning, match=r"0.npz is no checkpoint of this cell \(it is of dqn-cart_pole-.*begins anew"):
        data = simulate(other, checkpoint=Checkpoint(tmp_path, other.name, 10)).data
    assert_same(data, simulate(other).data)


def test_a_state_of_other_networks_is_told(stopped):
    cell, checkpoint, file = stopped
    other = Cell(DQN(**DQN_OFTEN, network=Network(widths=[7])), CartPole(), steps=60, runs=2)
    with pytest.raises(SettingError, match=r"0.npz holds no state of such an agent and its networks; it must be del"):
        simulate(other, checkpoint=Checkpoint(file.parent, cell.name, 10))
    assert checkpoint.load(file)


def test_a_world_that_does_not_repeat_itself_is_told(stopped, monkeypatch):
    cell, checkpoint, _ = stopped
    step = CartPole.step
    monkeypatch.setattr(CartPole, "step", lambda env, actions: (step(env, actions)[0] + 1, *step(env, actions)[1:]))
    with pytest.raises(SettingError, match=r"checkpoint=10: .*does not repeat itself; must be null, and .*0.npz"):
        simulate(cell, checkpoint=checkpoint)


@pytest.mark.parametrize("agent", [QLearning(), Random()])
def test_agents_that_keep_none_say_so(agent, tmp_path):
    with pytest.warns(UserWarning, match=r"agent=.* keeps no checkpoints; where it is stopped it begins anew"):
        compare(agent, "catch", steps=200, runs=2, results=tmp_path, checkpoint=10, progress=False)
    assert not (tmp_path / "checkpoints").exists()


class Code:
    def __reduce__(self):
        return Path("run").touch, ()


def test_no_code_of_a_state_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO()
    torch.save(Code(), file)
    with pytest.raises(ValueError, match="no state of such an agent"):
        unpack(SMALL, file.getvalue(), torch.device("cpu"))
    assert not Path("run").exists()


@pytest.mark.parametrize("every", [0, -3, 1.5, "often"])
def test_what_a_checkpoint_may_be(every, tmp_path):
    with pytest.raises(SettingError, match=rf"checkpoint={every}: must be a whole number, 1 or more, or null"):
        compare("random", results=tmp_path, checkpoint=every)
    with pytest.raises(SettingError, match="checkpoint=9: needs results, the folder to keep it in"):
        compare("random", checkpoint=9)
