"""What the models of stable-baselines3 write for TensorBoard: every run, and the results do not change."""

import threading

import pytest
from support.quick_agents import quick
from support.results import cells
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rlnotes import compare
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.catch import Catch
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.simulate import simulate


@pytest.mark.slow
def test_logs_show_episodes_and_losses_and_do_not_change_the_results(tmp_path):
    def results(folder, **settings):
        agents = [quick("sb3_ppo", rollout=256, minibatch=64), "sb3_dqn", "random"]
        compare(agents, "catch", steps=600, runs=2, results=tmp_path / folder, progress=False, **settings)
        return cells(tmp_path / folder)

    logged = results("logged", tensorboard=True)
    assert results("plain") == logged
    of_episodes = {"rollout/ep_rew_mean", "rollout/ep_len_mean"}
    for name, more in {"sb3_ppo": "train/clip_fraction", "sb3_dqn": "train/loss"}.items():
        for run in range(2):
            [folder] = (tmp_path / "logged" / "tensorboard").glob(f"{name}-catch-*/run-{run}")
            events = EventAccumulator(str(folder)).Reload()
            assert of_episodes | {more} <= set(events.Tags()["scalars"])
            assert {event.value for event in events.Scalars("rollout/ep_len_mean")} == {9.0}
            assert all(-1 <= event.value <= 1 for event in events.Scalars("rollout/ep_rew_mean"))


def test_every_run_of_every_block_writes_into_its_own_folder_and_no_writer_stays_open(tmp_path, monkeypatch):
    monkeypatch.setattr("rlnotes.simulation.simulate.BLOCK", 2)
    threads = threading.active_count()
    for _ in range(2):  # the second time replaces the files of the first
        simulate(Cell(quick("sb3_ppo"), Catch(), 40, 3), log=tmp_path)
        assert threading.active_count() == threads
        assert sorted(folder.name for folder in tmp_path.iterdir()) == ["run-0", "run-1", "run-2"]
        assert all(len(list(folder.iterdir())) == 1 for folder in tmp_path.iterdir())


def test_logs_continue_after_a_checkpoint(tmp_path):
    """Every episode of catch has nine steps, also an episode with a checkpoint inside."""
    cell, done = Cell(quick("sb3_dqn"), Catch(), 200, 1), [0]

    def stop(progress):
        done[0] += progress
        if done[0] == 110:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(cell, stop, Checkpoint(tmp_path / "checkpoint", cell.name, 50), tmp_path / "log")
    simulate(cell, lambda steps: None, Checkpoint(tmp_path / "checkpoint", cell.name, 50), tmp_path / "log")
    lengths = EventAccumulator(str(tmp_path / "log" / "run-0")).Reload().Scalars("rollout/ep_len_mean")
    assert {event.value for event in lengths} == {9.0}
    assert {event.step for event in lengths} == set(range(36, 200, 36))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tensorboard=true,false"], "tensorboard=true,false: must have one value"),
        (["tensorboard=true"], "tensorboard=true: needs the package of that name: pip install -c constraints.txt"),
    ],
)
def test_impossible_logs_are_refused_on_the_command_line(words, says, run, monkeypatch):
    monkeypatch.setattr("rlnotes.base.tensorboard.find_spec", {}.get)  # finds no package
    with pytest.raises(SystemExit, match=says):
        run("agent=sb3_dqn", "env=catch", "steps=200", "runs=2", *words)


def test_impossible_logs_are_refused_in_python(tmp_path):
    with pytest.raises(SettingError, match="tensorboard=True: needs results, the folder to write to"):
        compare("sb3_dqn", tensorboard=True)
    with pytest.raises(SettingError, match="tensorboard=no: must be true or false"):
        compare("sb3_dqn", tensorboard="no", results=tmp_path)
    (tmp_path / "tensorboard").touch()
    with pytest.raises(SettingError, match=r"tensorboard=true: .*run-0 cannot be written \(Not a directory\)"):
        compare("sb3_dqn", "catch", tensorboard=True, results=tmp_path, steps=200, runs=1, progress=False)
