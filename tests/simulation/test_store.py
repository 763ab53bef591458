"""Results on disk: found again, damaged, moved, and named by everything that decides their numbers."""

import hashlib
import json
import shutil

import gymnasium as gym
import numpy as np
import pytest
from support.results import cells

from rlnotes import compare, load
from rlnotes.agents import ETC, UCB, Random
from rlnotes.analysis.series import by_steps
from rlnotes.envs import GaussianBandit
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.result import Result
from rlnotes.simulation.run import run
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.store import Store


@pytest.fixture
def cell():
    return Cell(UCB(delta=0.1), GaussianBandit(arms=3), steps=30, runs=8)


def test_a_saved_result_is_loaded_unchanged(tmp_path, cell):
    result, store = simulate(cell), Store(tmp_path)
    store.save(cell.name, result)
    for loaded in (store.find(cell.name, cell.settings), load(tmp_path / "cells" / cell.name)):
        assert loaded.settings == result.settings
        assert loaded.summary == result.summary
        assert loaded.data.keys() == {"steps", "regret", "reward", "optimal", "pulls", "arm_means", "regret_against"}
        for key, value in result.data.items():
            np.testing.assert_array_equal(loaded.data[key], value)
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_the_summary_has_the_mean_its_interval_and_the_speed(tmp_path, cell):
    Store(tmp_path).save(cell.name, simulate(cell))
    summary = json.loads((tmp_path / "cells" / cell.name / "summary.json").read_text())
    regret = load(tmp_path / "cells" / cell.name).data["regret"][:, -1]
    assert {key: summary[key] for key in ("agent", "env", "seed", "runs", "steps", "metric")} == {
        "agent": "ucb",
        "env": "gaussian_bandit",
        "seed": 0,
        "runs": 8,
        "steps": 30,
        "metric": "regret",
    }
    assert summary["mean"] == pytest.approx(regret.mean())
    assert summary["standard_error"] == pytest.approx(regret.std(ddof=1) / np.sqrt(8))
    assert summary["interval"][0] < summary["mean"] < summary["interval"][1]
    assert summary["steps_per_second"] == pytest.approx(240 / summary["seconds"])


def test_one_run_has_no_interval(tmp_path):
    cell = Cell(UCB(), GaussianBandit(), steps=3, runs=1)
    Store(tmp_path).save(cell.name, simulate(cell))
    assert load(tmp_path / "cells" / cell.name).summary["interval"] == [None, None]


def test_the_name_of_a_cell_depends_on_every_setting(cell):
    same = Cell(UCB(delta=0.1), GaussianBandit(arms=3), steps=30, runs=8)
    assert cell.name == same.name
    assert cell.name.startswith("ucb-gaussian_bandit-")
    others = [
        Cell(UCB(delta=0.2), GaussianBandit(arms=3), steps=30, runs=8),
        Cell(UCB(delta=0.1), GaussianBandit(arms=4), steps=30, runs=8),
        Cell(UCB(delta=0.1), GaussianBandit(arms=3, std=2.0), steps=30, runs=8),
        Cell(UCB(delta=0.1), GaussianBandit(arms=3), steps=31, runs=8),
        Cell(UCB(delta=0.1), GaussianBandit(arms=3), steps=30, runs=9),
        Cell(UCB(delta=0.1), GaussianBandit(arms=3), steps=30, runs=8, seed=1),
        Cell(ETC(), GaussianBandit(arms=3), steps=30, runs=8),
    ]
    assert len({other.name for other in [cell, *others]}) == 8
    assert Cell(Random(), Registered("CartPole-v1")).name == Cell(Random(), Registered("CartPole-v1")).name


def test_an_environment_registered_differently_is_another_cell(monkeypatch):
    class Fixed(gym.Env):
        observation_space = action_space = gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return 0, {}

        def step(self, action):
            return 0, 1.0, False, False, {}

    names = []
    for limit in (5, 10):
        spec = gym.envs.registration.EnvSpec("Fixed-v0", entry_point=Fixed, max_episode_steps=limit)
        monkeypatch.setitem(gym.registry, "Fixed-v0", spec)
        cell = Cell(Random(), Registered("Fixed-v0"), steps=20, runs=2)
        assert (simulate(cell).outcome == limit).all()
        names.append(cell.name)
    assert names[0] != names[1]


@pytest.mark.parametrize("file", ["data.npz", "summary.json", "config.yaml", "SHA256SUMS"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "emptied", "removed"])
def test_a_damaged_result_is_computed_again_with_a_warning(tmp_path, cell, file, damage):
    compare(cell.agent, cell.env, steps=30, runs=8, results=tmp_path, progress=False)
    before, path = cells(tmp_path), tmp_path / "cells" / cell.name / file
    content = path.read_bytes()
    if damage == "removed":
        path.unlink()
    elif damage == "flipped":
        at = len(content) // 3
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"")
    with pytest.warns(UserWarning, match="holds no whole result"):
        compare(cell.agent, cell.env, steps=30, runs=8, results=tmp_path, progress=False)
    assert cells(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_a_pickle_is_never_loaded(tmp_path, cell):
    Store(tmp_path).save(cell.name, simulate(cell))
    folder = tmp_path / "cells" / cell.name
    np.savez(folder / "data.npz", regret=np.array([{"harm": 1}], dtype=object))
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    sums[1] = f"{hashlib.sha256((folder / 'data.npz').read_bytes()).hexdigest()}  data.npz"
    (folder / "SHA256SUMS").write_text("\n".join(sums))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load(folder)


def test_a_comparison_never_overwrites_another(tmp_path):
    store = Store(tmp_path)
    folders = [store.publish("now", lambda folder, i=i: (folder / "text").write_text(str(i))) for i in range(3)]
    assert [folder.name for folder in folders] == ["now", "now-2", "now-3"]
    assert [(folder / "text").read_text() for folder in folders] == ["0", "1", "2"]


def test_no_unfinished_folder_is_left_if_writing_fails(tmp_path):
    store = Store(tmp_path)

    def fail(folder):
        (folder / "text").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.publish("now", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_cell_is_replaced(tmp_path, cell):
    store = Store(tmp_path)
    store.cells.mkdir()
    (store.cells / cell.name).write_text("a file")
    with pytest.warns(UserWarning, match="holds no whole result"):
        run(cell, store, progress=False)
    assert store.find(cell.name, cell.settings)
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_numpy_numbers_give_the_same_cell_as_plain_numbers(tmp_path):
    numpys = [UCB(delta=np.float64(0.1)), ETC(pulls=np.int64(3))]
    compare(numpys, GaussianBandit(means=np.array([1.0, 0.0])), steps=np.int64(5), runs=2, results=tmp_path)
    plain = [UCB(delta=0.1), ETC(pulls=3)]
    compare(plain, GaussianBandit(means=[1.0, 0.0], std=1), steps=5, runs=2, results=tmp_path)
    assert len(list(tmp_path.glob("cells/*"))) == 2


def test_a_result_as_a_data_frame(cell):
    frame = simulate(cell).frame()
    assert list(frame.columns) == ["run", "step", "regret", "reward", "optimal"]
    assert len(frame) == 8 * 30
    episodes = simulate(Cell(Random(), Registered("CartPole-v1"), steps=100, runs=2)).frame()
    assert list(episodes.columns) == ["run", "episode", "returns", "lengths"]


def test_a_cell_is_found_again_in_a_folder_that_was_moved(tmp_path, cell):
    compare(cell.agent, cell.env, steps=30, runs=8, results=tmp_path / "a", progress=False)
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert Store(tmp_path / "b").find(cell.name, cell.settings)


@pytest.mark.parametrize("window", [1, 2])
def test_curves_against_steps_average_the_last_episodes_that_ended(window):
    settings = {"steps": 30, "episodes": None}
    returns = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, np.nan]])
    lengths = np.array([[3, 10, 12], [7, 20, 0]])
    x, y = by_steps(Result(settings, {"returns": returns, "lengths": lengths}, 1.0), "return", window)
    assert x.tolist() == list(range(7, 31))  # from the step at which both runs have an episode that ended
    for row, ends in enumerate([[3, 13, 25], [7, 27]]):
        for step, found in zip(x, y[row], strict=True):
            over = [returns[row, i] for i, end in enumerate(ends) if end <= step]
            assert found == pytest.approx(np.mean(over[-window:]))
