"""A stopped cell continues to the same numbers as an undisturbed one; damaged checkpoints are reported."""

import io
import signal
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from support.processes import started
from support.quick_agents import ACTORS, DEEP, IMAGINERS, SB3, SB3_ACTORS, quick, task
from support.results import cells

from rlnotes import catalog, compare
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.agents.deep.base.saved_state import unpack
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.sb3.base.sb3_agent import SB3Agent
from rlnotes.agents.random import Random
from rlnotes.agents.tabular.q_learning import QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.envs.mdps.cliff_walking import CliffWalking
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.simulate import simulate


class Stop(BaseException):
    pass


def small(width=6):
    """A DQN with one hidden layer."""
    return quick("dqn", n=1, network={"widths": [width]})


def stopping(after):
    """A function that receives progress and raises `Stop` when it adds up to `after`."""
    done = [0]

    def advance(progress, evaluated=False):
        done[0] += progress * (not evaluated)
        if done[0] >= after:
            raise Stop

    return advance


def stop_and_continue(cell, folder, *stops, every=7):
    """The record of a cell that is stopped after each of `stops` steps (of all runs together) and then continues."""
    for after in stops:
        with pytest.raises(Stop):
            simulate(cell, stopping(after), Checkpoint(folder, cell.name, every))
    return simulate(cell, checkpoint=Checkpoint(folder, cell.name, every)).data


def assert_same(data, other):
    assert data.keys() == other.keys()
    for key, value in data.items():
        assert value.tobytes() == other[key].tobytes(), key


@pytest.mark.parametrize("name", DEEP | IMAGINERS | ACTORS)
def test_a_stopped_cell_continues_to_the_same_numbers(name, tmp_path, monkeypatch):
    """Curves and weights are the same, whether it stops within an episode or at the end of one."""
    weights, frozen = [], DeepAgent.frozen

    def remembered(agent, sampled):
        weights.append(agent.adam.theta.clone())
        return frozen(agent, sampled)

    monkeypatch.setattr(DeepAgent, "frozen", remembered)
    settings = {"epsilon": 0.1} if name in ("dqn", "drqn", "world_model") else {}
    cell = Cell(quick(name, **settings), task(name, masked=True), steps=120, runs=3)
    data = stop_and_continue(cell, tmp_path, *range(25, 360, 25), every=1)
    assert_same(data, simulate(cell).data)
    assert (weights[0] == weights[1]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
@pytest.mark.parametrize(("every", "stops"), [(1, range(25, 360, 67)), (50, (200, 340))])
def test_models_of_stable_baselines3_continue_to_the_same_numbers(name, every, stops, tmp_path):
    """They continue from the start of a rollout, `every` steps or more after another; the cell ends within one."""
    settings = {"capacity": 40} if "dqn" in name or name in SB3_ACTORS else {"network": {"inputs": "standardise"}}
    cell = Cell(quick(name, **settings), task(name, time_limit=14), steps=120, runs=3)
    data = stop_and_continue(cell, tmp_path, *stops, every=every)
    assert_same(data, simulate(cell).data)
    with np.load(tmp_path / "0.npz", allow_pickle=False) as checkpoint:
        assert len(checkpoint["actions"]) % cell.agent.resume_interval == 0
        assert len(checkpoint["actions"]) >= every


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_models_of_stable_baselines3_do_not_repeat_the_steps_before_a_checkpoint(name, tmp_path, monkeypatch):
    cell, acted = Cell(quick(name), task(name), steps=100, runs=2), []
    act = SB3Agent.act
    monkeypatch.setattr(SB3Agent, "act", lambda self, observation: acted.append(self.t) or act(self, observation))
    with pytest.raises(Stop):
        simulate(cell, stopping(150), Checkpoint(tmp_path, cell.name, 40))
    simulate(cell, checkpoint=Checkpoint(tmp_path, cell.name, 40))
    first = 48 if cell.agent.resume_interval == 16 else 40
    assert acted == [*range(75), *range(first, 100)]


@pytest.mark.parametrize("extent", [{"steps": 300}, {"episodes": 6}])
def test_evaluations_are_stored(extent, tmp_path):
    cell = Cell(small(), CliffWalking(discount=0.9, time_limit=30), **extent, runs=2)
    data = stop_and_continue(cell, tmp_path, *((300, 500) if "steps" in extent else (4, 9)))
    assert_same(data, simulate(cell).data)
    assert np.isfinite(data["greedy_value"]).all()


def test_every_block_of_runs_continues(tmp_path, monkeypatch):
    monkeypatch.setattr("rlnotes.simulation.simulate.BLOCK", 2)
    cell = Cell(small(), CartPole(), steps=90, runs=5)
    assert_same(stop_and_continue(cell, tmp_path, 60, 300), simulate(cell).data)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0.npz", "1.npz", "2.npz"]


def test_the_steps_before_a_checkpoint_are_not_learnt_again(tmp_path, monkeypatch):
    cell, acted = Cell(small(), CartPole(), steps=100, runs=2), []
    act = DQN.act
    monkeypatch.setattr(DQN, "act", lambda self, observation: acted.append(self.t) or act(self, observation))
    with pytest.raises(Stop):
        simulate(cell, stopping(150), Checkpoint(tmp_path, cell.name, 20))
    stopped = len(acted)
    simulate(cell, checkpoint=Checkpoint(tmp_path, cell.name, 30))
    assert acted == [*range(75), *range(60, 100)]
    assert stopped == 75


@pytest.mark.slow
def test_a_killed_command_continues_from_its_checkpoint(tmp_path, command):
    words = ["agent=dqn", "agent.begin_after=100", "env=CartPole-v1", "steps=1000", "runs=2"]
    dqn = catalog.make("agent", "dqn", {"begin_after": 100})
    compare(dqn, "CartPole-v1", steps=1000, runs=2, results=tmp_path / "whole", progress=False)
    checkpoints = tmp_path / "killed" / "checkpoints"
    with started(tmp_path, *words, "results=killed", "checkpoint=100") as process:
        for _ in range(6_000):
            if list(checkpoints.glob("*/0.npz")) or process.poll() is not None:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    [file] = checkpoints.glob("*/0.npz")
    with np.load(file, allow_pickle=False) as arrays:
        assert 100 <= len(arrays["actions"]) < 1000
    continued = command(*words, "results=killed", "checkpoint=100")
    assert continued.returncode == 0
    assert "no checkpoint" not in continued.stderr
    assert cells(tmp_path / "killed") == cells(tmp_path / "whole")
    assert not checkpoints.exists()


@pytest.fixture
def stopped(tmp_path):
    """A stopped cell, its checkpoint and the checkpoint's file."""
    cell = Cell(small(), CartPole(), steps=60, runs=2)
    checkpoint = Checkpoint(tmp_path, cell.name, 10)
    with pytest.raises(Stop):
        simulate(cell, stopping(80), checkpoint)
    return cell, checkpoint, tmp_path / "0.npz"


def cut(content):
    return content[: len(content) // 2]


def flipped(content):
    at = len(content) // 3
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def runs_code(content):
    file = Path("pickle.npz")
    np.savez(file, cell=np.array([print], object))
    return file.read_bytes()


@pytest.mark.parametrize("damage", [cut, flipped, runs_code, lambda content: b"", lambda content: b"text"])
def test_a_damaged_checkpoint_is_reported_and_its_runs_begin_again(damage, stopped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell, checkpoint, file = stopped
    file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(
        UserWarning, match=rf"{file} is no checkpoint of this cell \(.*\); the cell begins again"
    ) as warned:
        data = simulate(cell, checkpoint=checkpoint).data
    assert "\n" not in str(warned[0].message)
    assert_same(data, simulate(cell).data)


def test_no_changed_bit_changes_the_numbers(stopped):
    """Either the file is refused, or the bit has no meaning, such as one in the dates of an archive."""
    _, checkpoint, file = stopped
    content, whole = file.read_bytes(), checkpoint.load(file)
    rng, refused = np.random.default_rng(0), 0
    for at in rng.integers(len(content), size=200):
        file.write_bytes(content[:at] + bytes([content[at] ^ (1 << rng.integers(8))]) + content[at + 1 :])
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            found = checkpoint.load(file)
        assert len(warned) == (found is None)
        refused += found is None
        if found is not None:
            assert_same(found, whole)
    assert refused > 100


@pytest.mark.usefixtures("stopped")
def test_a_checkpoint_of_another_cell_is_reported(tmp_path):
    other = Cell(small(7), CartPole(), steps=60, runs=2)
    with pytest.warns(UserWarning, match=r"0.npz is no checkpoint .* \(it belongs to dqn-cart_pole-.*begins again"):
        data = simulate(other, checkpoint=Checkpoint(tmp_path, other.name, 10)).data
    assert_same(data, simulate(other).data)


def test_a_state_of_other_networks_is_refused(stopped):
    cell, checkpoint, file = stopped
    other = Cell(small(7), CartPole(), steps=60, runs=2)
    with pytest.raises(SettingError, match=r"0.npz holds no state of such an agent and its networks; delete it"):
        simulate(other, checkpoint=Checkpoint(file.parent, cell.name, 10))
    assert checkpoint.load(file)


def test_an_environment_that_does_not_repeat_itself_is_refused(stopped, monkeypatch):
    cell, checkpoint, _ = stopped
    step = CartPole.step
    monkeypatch.setattr(CartPole, "step", lambda env, actions: (step(env, actions)[0] + 1, *step(env, actions)[1:]))
    message = r"checkpoint=10: must be null, .* does not repeat its observations; delete .*0.npz"
    with pytest.raises(SettingError, match=message):
        simulate(cell, checkpoint=checkpoint)


@pytest.mark.parametrize("agent", [QLearning, Random])
def test_an_agent_without_checkpoints_is_reported(agent, tmp_path):
    with pytest.warns(UserWarning, match=r"agent=.* saves no checkpoints; after a stop it begins again"):
        compare(agent(), "catch", steps=200, runs=2, results=tmp_path, checkpoint=10, progress=False)
    assert not (tmp_path / "checkpoints").exists()


class Code:
    def __reduce__(self):
        return Path("run").touch, ()


def test_a_state_never_runs_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO()
    torch.save(Code(), file)
    with pytest.raises(ValueError, match="no state of such an agent"):
        unpack(small(), file.getvalue(), torch.device("cpu"))
    assert not Path("run").exists()


@pytest.mark.parametrize("every", [0, -3, 1.5, "often"])
def test_the_interval_of_checkpoints_is_a_whole_number(every, tmp_path):
    with pytest.raises(SettingError, match=rf"checkpoint={every}: must be a whole number, 1 or more, or null"):
        compare("random", results=tmp_path, checkpoint=every)
    with pytest.raises(SettingError, match="checkpoint=9: needs results, the folder to write to"):
        compare("random", checkpoint=9)
