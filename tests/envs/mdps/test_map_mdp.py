"""Worlds on a map can be observed as images."""

from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from support.catalogue import installed

from rlnotes.base import memory_check
from rlnotes.base.errors import SettingError
from rlnotes.envs import CATALOG, Catch
from rlnotes.envs.mdps.base.map_mdp import MapMDP


@pytest.mark.parametrize("make", [one for one in installed(CATALOG) if issubclass(one, MapMDP) and one is not Catch])
def test_the_plane_of_a_map_is_1_at_the_place_of_the_state(make):
    planes, states = make(observation="planes"), make()
    assert states.emission is None
    np.testing.assert_array_equal(planes.model.next_state, states.model.next_state)
    height, width = planes.model.picture.grid.shape
    assert planes.single_observation_space == Box(0, 1, (height, width), np.float32)
    for state, image in enumerate(planes.emission):
        assert np.argwhere(image).tolist() == np.argwhere(planes.model.picture.grid == state).tolist()
        assert image.sum() == 1


def test_the_planes_of_catch_show_its_picture_and_do_not_change_its_model():
    planes, states = Catch(rows=3, columns=3, observation="planes"), Catch(rows=3, columns=3)
    assert states.emission is None
    assert states.single_observation_space == Discrete(18)
    np.testing.assert_array_equal(planes.model.offsets, states.model.offsets)
    np.testing.assert_array_equal(planes.model.next_state, states.model.next_state)
    ball, paddle = planes.emission[9 + 3 * 2 + 1]  # the ball in row 1, column 2; the paddle in column 1
    assert ball.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert paddle.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_the_planes_of_catch_must_fit_into_memory(monkeypatch):
    monkeypatch.setattr(memory_check.psutil, "virtual_memory", lambda: SimpleNamespace(available=20e6))
    with pytest.raises(SettingError, match=r"observation=planes: needs 0\.0 GB of memory"):
        Catch(rows=20, columns=20, observation="planes")
