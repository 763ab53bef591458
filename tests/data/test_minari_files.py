"""Data sets in Minari's format: written, read again, and refused if they are wrong."""

import json

import h5py
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset, Episode
from rlnotes.data.minari_files import DataWriter, read

SPACES = Box(-9.0, 9.0, (2,), np.float64), Discrete(3)


def episode(steps, terminated=True, **more):
    """An episode whose numbers are its steps."""
    t = np.arange(steps + 1.0)
    return Episode(np.stack([t, -t], axis=1), np.arange(steps) % 3, t[:-1] / 2, terminated, **more)


def written(folder, *episodes):
    """The folder of a new data set with these episodes."""
    DataWriter(folder, *SPACES, None, {"dataset_id": "some-v0", "environment": "somewhere"}).write(episodes)
    return folder


def test_what_is_written_is_read(tmp_path):
    first = episode(3, probability=np.array([0.5, 0.25, 1.0]), allowed=np.eye(4, 3) > 0)
    second = episode(2, False, probability=np.array([0.1, 0.2]), allowed=np.ones((3, 3), bool))
    data = read(written(tmp_path / "data", first, second))
    assert (data.env, len(data)) == ("somewhere", 5)
    assert data.observation.tolist() == [[0, 0], [1, -1], [2, -2], [0, 0], [1, -1]]
    assert data.next_observation[:, 0].tolist() == [1, 2, 3, 1, 2]
    assert data.action.tolist() == [0, 1, 2, 0, 1]
    assert data.terminated.tolist() == [False, False, True, False, False]
    assert data.truncated.tolist() == [False, False, False, False, True]
    assert data.probability.tolist() == [0.5, 0.25, 1.0, 0.1, 0.2]
    assert data.allowed[:3].tolist() == (np.eye(3) > 0).tolist()
    assert (data.lengths.tolist(), data.returns.tolist()) == ([3, 2], [1.5, 0.5])


def test_chosen_episodes_come_in_their_order():
    data = Dataset.of([episode(3), episode(1), episode(2, False)], *SPACES).chosen(np.array([2, 0]))
    assert (data.lengths.tolist(), data.returns.tolist()) == ([2, 3], [0.5, 1.5])
    assert data.truncated.tolist() == [False, True, False, False, False]


def test_the_digest_is_that_of_the_content(tmp_path):
    one, two, other = (read(written(tmp_path / name, episode(steps))) for name, steps in (("a", 3), ("b", 3), ("c", 4)))
    assert one.digest == two.digest != other.digest


@pytest.mark.parametrize("place", ["folder", "folder with data"])
def test_a_place_is_the_folder_or_the_one_around_it(place, tmp_path):
    written(tmp_path / "data", episode(3))
    assert len(read(tmp_path / "data" if place == "folder" else tmp_path)) == 3


def test_an_id_is_looked_up_in_the_folder_of_minari(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    written(tmp_path / "some-v0" / "data", episode(3))
    assert len(read("some-v0")) == 3
    with pytest.raises(SettingError, match="data=other-v0: is no data set"):
        read("other-v0")


def edit(field, value):
    """Replace an array of episode 0."""

    def edited(folder):
        with h5py.File(folder / "main_data.hdf5", "a") as file:
            del file[f"episode_0/{field}"]
            file[f"episode_0/{field}"] = value

    return edited


def truncate(folder):
    """Cut the second half of the steps away."""
    data = (folder / "main_data.hdf5").read_bytes()
    (folder / "main_data.hdf5").write_bytes(data[: len(data) // 2])


def remove(folder):
    """Remove the steps."""
    (folder / "main_data.hdf5").unlink()


def garble(folder):
    """Write a wrong word into the metadata."""
    (folder / "metadata.json").write_text(json.dumps({"data_format": "nonsense"}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, "is no whole data set"),
        (remove, r"main_data.hdf5 cannot be read \(No such file or directory\)"),
        (garble, "is no whole data set"),
        (edit("rewards", [0.0, np.nan]), "rewards of episode 0 has nan in step 1, and must have finite numbers"),
        (edit("observations", np.array([[0, 0], [np.nan, 0], [0, 0]])), r"observations of episode 0 has \[nan"),
        (edit("observations", np.zeros((3, 5))), r"observations of episode 0 has the shape \(3, 5\)"),
        (edit("observations", np.zeros((2, 2))), "observations of episode 0 has 2 rows, and 2 steps need 3"),
        (edit("actions", [0, 3]), "actions of episode 0 has 3 in step 1, and must have whole numbers from 0 to 2"),
        (edit("infos/probability", [1.0, 0.5, 0.0]), "infos/probability of episode 0 is 0.0 in step 1"),
        (edit("infos/probability", [1.0, np.nan, 1.0]), "infos/probability of episode 0 is nan in step 0"),
    ],
)
def test_a_wrong_data_set_is_refused_in_one_line_that_names_folder_and_field(damage, message, tmp_path):
    folder = written(tmp_path / "data", episode(2, probability=np.array([0.5, 0.5])))
    damage(folder)
    with pytest.raises(SettingError, match=message) as refusal:
        read(folder)
    assert str(refusal.value).startswith(f"data={folder}: ")
    assert "\n" not in str(refusal.value)


def test_a_data_set_without_steps_is_refused(tmp_path):
    with pytest.raises(SettingError, match="has no episode with a step"):
        read(written(tmp_path / "data"))
