"""Worlds on a map can be observed as images."""

import numpy as np
import pytest
from gymnasium.spaces import Box
from support.catalogue import installed

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
