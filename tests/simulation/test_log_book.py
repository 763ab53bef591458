"""What runs write for TensorBoard: their scores and what agents measure; the results do not change."""

import threading
import warnings

import numpy as np
import pytest
from support.results import cells
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from rlnotes import catalog, compare
from rlnotes.agents import UCB, QLearning, Random
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs import CliffWalking, GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.simulate import simulate

BANDIT = {"score/regret", "score/reward_per_step", "score/best_action"}
EPISODES = {"score/return", "score/length"}
SMALL = {"network": {"widths": [6]}}


def points(folder):
    """The points (step, number) of each curve in the folder of a run, by name."""
    events = EventAccumulator(str(folder), {"tensors": 0}).Reload()
    return {
        name: [(event.step, float(make_ndarray(event.tensor_proto))) for event in events.Tensors(name)]
        for name in events.Tags()["tensors"]
    }


def logged(cell, folder):
    """The record of a cell that logs, and the points of its runs."""
    data = simulate(cell, log=folder).data
    return data, [points(folder / f"run-{run}") for run in range(len(list(folder.iterdir())))]


def test_a_bandit_logs_its_curves(tmp_path):
    data, runs = logged(Cell(UCB(), GaussianBandit(), steps=500, runs=12), tmp_path)
    assert len(runs) == 10
    for run, curves in enumerate(runs):
        assert curves.keys() == BANDIT
        for name, key in (("score/regret", "regret"), ("score/best_action", "optimal")):
            steps, numbers = zip(*curves[name], strict=True)
            assert steps == tuple(data["steps"])
            assert numbers == pytest.approx(data[key][run], rel=1e-6)


@pytest.mark.parametrize("extent", [{"steps": 900}, {"episodes": 30}])
def test_a_learner_logs_its_episodes_and_the_value_of_its_greedy_policy(extent, tmp_path):
    data, runs = logged(Cell(QLearning(), CliffWalking(time_limit=30), runs=2, **extent), tmp_path)
    for run, curves in enumerate(runs):
        assert curves.keys() - EPISODES <= {"score/greedy_value"}
        lengths = data["lengths"][run][data["lengths"][run] > 0]
        if "episodes" in extent:
            assert next(number for _, number in curves["score/length"]) == lengths[0]
        steps = [step for step, _ in curves["score/return"]]
        assert steps == sorted(set(steps))
        assert min(data["returns"][run]) <= min(number for _, number in curves["score/return"])


AGENTS = {
    "dqn": ("catch", {"begin_after": 64}, {"loss", "gradient_norm"}),
    "ppo": ("catch", {"rollout": 32, "minibatch": 16}, {"loss", "gradient_norm", "entropy"}),
    "reinforce": ("catch", {"rollout": 32}, {"loss", "gradient_norm", "entropy"}),
    "sac": (
        "Pendulum-v1",
        {"begin_after": 64, "batch": 8},
        {"loss", "gradient_norm", "policy_loss", "policy_gradient_norm", "entropy"},
    ),
}


@pytest.mark.parametrize("name", AGENTS)
def test_own_deep_agents_log_what_they_measure(name, tmp_path):
    env, settings, measured = AGENTS[name]
    agent = catalog.make("agent", name, SMALL | settings)
    cell = Cell(agent, catalog.make("env", env), steps=220, runs=2, evaluation_episodes=0)
    data, runs = logged(cell, tmp_path)
    assert_same(data, simulate(cell).data)
    for curves in runs:
        assert curves.keys() >= {f"agent/{one}" for one in measured} | EPISODES
        assert all(number >= 0 for step, number in curves["agent/gradient_norm"])
        if name in ("ppo", "reinforce"):
            assert all(0 <= number <= np.log(3) + 1e-6 for _, number in curves["agent/entropy"])
    assert runs[0]["agent/loss"] != runs[1]["agent/loss"]


def test_a_measurement_is_read_once_and_only_if_somebody_reads():
    import torch

    agent = catalog.make("agent", "dqn", SMALL)
    env = catalog.make("env", "catch")
    agent.begin(Problem.of(env, env.batch(2), 10_000), np.random.default_rng(0))
    agent.measure(loss=torch.ones(2))
    assert agent.measurements() == {}
    agent.watched = True
    agent.measure(loss=torch.tensor([1.0, 3.0]))
    agent.measure(loss=torch.tensor([2.0, 5.0]))
    assert agent.measurements()["loss"].tolist() == [1.5, 4.0]
    assert agent.measurements() == {}


def assert_same(data, other):
    assert data.keys() == other.keys()
    for key, value in data.items():
        assert value.tobytes() == other[key].tobytes(), key


def test_logs_change_no_result_and_no_writer_stays_open(tmp_path):
    threads = threading.active_count()
    agents, extent = [QLearning(), Random()], {"episodes": 20, "runs": 3, "progress": False}
    for folder, on in (("plain", False), ("logged", True), ("again", True)):
        compare(agents, "catch", results=tmp_path / folder, tensorboard=on, **extent)
    assert cells(tmp_path / "plain") == cells(tmp_path / "logged")
    assert threading.active_count() == threads
    assert len(list(tmp_path.glob("logged/tensorboard/*/run-*"))) == 6
    assert not (tmp_path / "plain" / "tensorboard").exists()


def test_a_later_block_logs_none_of_its_runs(tmp_path, monkeypatch):
    for module in ("cell", "simulate"):
        monkeypatch.setattr(f"rlnotes.simulation.{module}.BLOCK", 11)
    simulate(Cell(UCB(), GaussianBandit(), steps=20, runs=22), log=tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {f"run-{run}" for run in range(10)}


def test_steps_before_a_checkpoint_are_logged_once(tmp_path):
    agent = catalog.make("agent", "dqn", SMALL | {"begin_after": 40})
    cell, done = Cell(agent, catalog.make("env", "catch"), 200, 1), [0]

    def stop(progress):
        done[0] += progress
        if done[0] == 110:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(cell, stop, Checkpoint(tmp_path / "checkpoint", cell.name, 50), tmp_path / "log")
    simulate(cell, lambda *_, **__: None, Checkpoint(tmp_path / "checkpoint", cell.name, 50), tmp_path / "log")
    steps = [step for step, _ in points(tmp_path / "log" / "run-0")["score/return"]]
    assert set(steps) == {*range(9, 200, 9)}
    assert all(steps.count(step) == 1 for step in steps if step <= 100)


def test_a_missing_package_and_a_folder_that_cannot_be_written_are_named(tmp_path, monkeypatch):
    cell = Cell(UCB(), GaussianBandit(), steps=20, runs=2)
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"tensorboard=true: .*run-0 cannot be written \(Not a directory\)"):
        simulate(cell, log=tmp_path / "file")
    monkeypatch.setattr("rlnotes.base.tensorboard.find_spec", {}.get)
    with pytest.raises(SettingError, match=r"tensorboard=true: needs the package of that name: pip install "):
        simulate(cell, log=tmp_path / "log")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(cell)
