"""Key to door: its values, its steps and its images."""

import numpy as np
import pytest

from rlnotes.agents.planning.modified_policy_iteration import ModifiedPolicyIteration
from rlnotes.envs import KeyToDoor


def chance_of_a_random_walk(env):
    """The probability that a random walk takes the key, then opens the door in the last room."""
    size = env.size
    move = np.zeros((size, size, size, size))
    for row, column in np.ndindex(size, size):
        for down, right in ((-1, 0), (0, 1), (1, 0), (0, -1)):
            to = np.clip([row + down, column + right], 0, size - 1)
            move[row, column, to[0], to[1]] += 0.25
    move = move.reshape(size**2, size**2)
    without = np.full(size**2, 1 / (size**2 - 1))
    without[0], having, opened = 0, np.zeros(size**2), 0.0
    for _ in range(env.stay):
        without, having = without @ move, having @ move
        having[0], without[0] = having[0] + without[0], 0
    for _ in range(env.wait):
        having = having @ move
    for _ in range(env.stay):
        having = having @ move
        opened, having[-1] = opened + having[-1], 0
    return opened


@pytest.mark.parametrize(
    "settings", [{}, {"size": 2, "stay": 1, "wait": 0}, {"size": 3, "stay": 5, "wait": 2}, {"stay": 9, "wait": 0}]
)
def test_a_random_policy_succeeds_as_often_as_a_random_walk(settings):
    env = KeyToDoor(**settings)
    states, actions = env.model.states, env.model.actions
    value = env.model.evaluate(np.full((states, actions), 1 / actions))
    assert env.model.start @ value == pytest.approx(chance_of_a_random_walk(env), abs=1e-12)


def test_by_default_a_random_policy_has_0_031():
    assert chance_of_a_random_walk(KeyToDoor()) == pytest.approx(0.031, abs=5e-4)


@pytest.mark.parametrize(("size", "stay", "best"), [(2, 2, 1), (4, 6, 1), (4, 8, 1), (3, 1, 0), (2, 1, 0)])
def test_the_optimum_is_1_if_every_cell_can_be_reached_in_time(size, stay, best):
    """With one step in each of two rooms, nobody comes from the key to the door."""
    env = KeyToDoor(size=size, stay=stay, wait=0)
    value = ModifiedPolicyIteration(tolerance=1e-12).plan(env.model).value
    assert env.model.start @ value == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize(
    ("state", "move", "following", "reward", "terminated"),
    [
        ((0, 0, 1, 0), 3, (1, 0, 0, 1), 0, False),  # it takes the key
        ((1, 0, 1, 0), 3, (2, 0, 0, 1), 0, False),  # in the last step of the first room too
        ((2, 0, 1, 0), 3, (3, 0, 0, 0), 0, False),  # the empty room has no key
        ((0, 0, 1, 0), 0, (1, 0, 1, 0), 0, False),  # a wall
        ((2, 0, 1, 1), 2, (3, 1, 1, 1), 0, False),  # the empty room has no door
        ((3, 0, 1, 1), 2, (3, 0, 1, 1), 1, True),  # the door opens
        ((3, 0, 1, 0), 2, (4, 1, 1, 0), 0, False),  # but not without the key
        ((4, 1, 0, 1), 1, (4, 1, 0, 1), 1, True),  # in the last step too
        ((4, 1, 0, 1), 0, (4, 1, 0, 1), 0, True),  # time is over
    ],
)
def test_a_step_from_a_state(state, move, following, reward, terminated):
    """Two steps in the first room of two by two cells, one in the empty room, two in the last."""
    env = KeyToDoor(size=2, stay=2, wait=1)
    model, row = env.model, 4 * env.places.index(state) + move
    assert np.diff(model.offsets).tolist() == [1] * len(model.reward)
    assert env.places[model.next_state[row]] == following
    assert (model.reward[row], model.terminated[row]) == (reward, terminated)


def test_an_episode_begins_in_a_random_cell_without_the_key():
    env = KeyToDoor(size=2, stay=2, wait=1)
    begins = {env.places[state]: chance for state, chance in enumerate(env.model.start) if chance}
    assert begins == pytest.approx({(0, 0, 1, 0): 1 / 3, (0, 1, 0, 0): 1 / 3, (0, 1, 1, 0): 1 / 3})


def test_the_images_show_the_agent_and_what_its_room_has():
    env = KeyToDoor(size=2, stay=2, wait=1, observation="planes")
    here, key, door, nothing = ([[0, 1], [0, 0]], [[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]])
    for place, seen in {
        (1, 0, 1, 0): [here, key, nothing],
        (1, 0, 1, 1): [here, nothing, nothing],
        (2, 0, 1, 0): [here, nothing, nothing],
        (2, 0, 1, 1): [here, nothing, nothing],
        (3, 0, 1, 0): [here, nothing, door],
        (3, 0, 1, 1): [here, nothing, door],
    }.items():
        assert env.emission[env.places.index(place)].tolist() == seen


def test_the_board_of_a_state_shows_its_room():
    env = KeyToDoor(size=2, stay=2, wait=1)
    boards = [env.model.picture.board(env.places.index(place)) for place in ((0, 0, 1, 0), (2, 0, 1, 0), (3, 1, 1, 1))]
    assert boards == [["Go", ".."], [".o", ".."], ["..", ".o"]]
