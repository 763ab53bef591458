"""The features of observations, and what is refused."""

from functools import partial

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete
from gymnasium.spaces import Tuple as Pair
from reference.linear import tile_numbers
from support.tabular import refusal

from rlnotes import catalog
from rlnotes.agents import LSTD, LinearSARSA, LinearSARSALambda, SemiGradientTD
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.linear.base.features import features_of
from rlnotes.agents.linear.base.linear_agent import default_features
from rlnotes.base.errors import SettingError
from rlnotes.envs import Baird, BoyanChain, CartPole, Garnet, MountainCar
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

UNIT = Box(0, 1, (2,), np.float64)
POINTS = np.random.default_rng(0).random((500, 2))
POINTS[:4] = [0, 0], [1, 1], [0, 1], [1, 0.5]


def dense(features, observation):
    """All features of observations [runs, size]."""
    number, value = features.of(observation)
    found = np.zeros((len(observation), features.size))
    np.add.at(found, (np.arange(len(observation))[:, None], number), value)
    return found


@pytest.mark.parametrize(("tilings", "tiles"), [(8, [8, 8]), (4, [3, 5]), (2, [1, 1]), (50, [5, 2])])
def test_tiles_are_those_of_suttons_code(tilings, tiles):
    features = features_of(f"tiles:{tilings}x{tiles[0]}x{tiles[1]}", None, UNIT)
    assert features.size == tilings * (tiles[0] + 1) * (tiles[1] + 1)
    assert features.of(POINTS).number.tolist() == [tile_numbers(point, tilings, tiles) for point in POINTS]
    assert (features.of(POINTS).value == 1).all()


@pytest.mark.parametrize(
    "form", ["tiles:4x3", "tiles:4x3:64", "aggregation:5", "polynomial:2", "fourier:2", "radial:3"]
)
def test_the_order_of_observations_in_memory_has_no_effect(form):
    """Those of a linear bandit, for one, have the runs last in memory."""
    features, given = features_of(form, None, Box(0, 1, (2, 1), np.float64)), POINTS[:, :, None]
    for order in (np.asfortranarray(given), np.moveaxis(np.moveaxis(given, 0, -1).copy(), -1, 0)):
        np.testing.assert_array_equal(dense(features, order), dense(features, given))


def test_hashed_tiles_share_the_given_number_of_features_evenly():
    features = features_of("tiles:8x30x30:256", None, UNIT)
    exact = features_of("tiles:8x30", None, UNIT).of(POINTS).number
    hashed = features.of(POINTS).number
    assert features.size == 256
    assert hashed.max() < 256
    of_tile = {}
    for tile, shared in zip(exact.ravel().tolist(), hashed.ravel().tolist(), strict=True):
        assert of_tile.setdefault(tile, shared) == shared
    counts = np.bincount(list(of_tile.values()), minlength=256)  # 2,000 or more tiles, about 8 or more a feature
    assert counts.mean() > 7
    assert counts.max() < 4 * counts.mean()
    assert (counts > 0).mean() > 0.98


def test_groups_of_the_walk_of_1000_states_have_100_states_each():
    number = features_of("aggregation:10", None, Discrete(1002)).of(np.arange(1, 1001)).number[:, 0]
    assert number.tolist() == np.repeat(np.arange(10), 100).tolist()
    number = features_of("tiles:50x5", None, Discrete(1002)).of(np.arange(1, 1001)).number
    first = np.flatnonzero((np.diff(number.astype(int), axis=0) != 0).any(axis=1)) + 2
    assert first.tolist() == list(range(5, 1001, 4))  # a tile of 200 states is moved by 4


def test_powers_cosines_and_bells_have_their_formulas():
    s, t = POINTS.T
    order = [(i, j) for i in range(3) for j in range(3)]
    found = dense(features_of("polynomial:2", None, UNIT), POINTS)
    np.testing.assert_allclose(found, np.stack([s**i * t**j for i, j in order], axis=1), rtol=1e-12)
    found = dense(features_of("fourier:2", None, UNIT), POINTS)
    np.testing.assert_allclose(found, np.stack([np.cos(np.pi * (i * s + j * t)) for i, j in order], axis=1), atol=1e-12)
    found = dense(features_of("radial:3x2:0.5", None, UNIT), POINTS)
    centres = [(i / 2, j) for i in range(3) for j in range(2)]
    distances = [((s - x) / 0.25) ** 2 + ((t - y) / 0.5) ** 2 for x, y in centres]
    np.testing.assert_allclose(found, np.exp(-np.stack(distances, axis=1) / 2), rtol=1e-12)


@pytest.mark.parametrize(("states", "groups"), [(51, 50), (101, 100), (1001, 100)])
def test_a_state_on_the_edge_of_a_group_is_in_the_upper_one(states, groups):
    """State 29 of 101 lies at 0.29, and 0.29 · 100 is below 29 as a floating-point number."""
    found = features_of(f"aggregation:{groups}", None, Discrete(states)).of(np.arange(states)).number[:, 0]
    assert found.tolist() == [min(state * groups // (states - 1), groups - 1) for state in range(states)]


@pytest.mark.parametrize("width", ["1e-200", "1e-310"])
def test_very_narrow_bells_are_1_at_their_centre_and_0_elsewhere(width):
    found = dense(features_of(f"radial:3:{width}", None, Discrete(5)), np.arange(5))
    assert found.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_states_and_ranges_become_positions():
    of_parts = features_of("aggregation:3x2", None, MultiDiscrete([3, 2])).of(np.array([[0, 0], [1, 1], [2, 0]]))
    assert of_parts.number[:, 0].tolist() == [0, 3, 4]
    started = features_of("one_hot", None, Discrete(4, start=7))
    assert dense(started, np.array([7, 10])).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
    car = features_of("polynomial:1", [[-1, 1], [0, 10]], Box(-np.inf, np.inf, (2,)))
    found = dense(car, np.array([[0.0, 2.5], [-5, 50]]))
    assert found.tolist() == [[1, 0.25, 0.5, 0.125], [1, 1, 0, 0]]  # outside a range its end counts
    assert dense(features_of("tiles:2x2", None, Box(0, 255, (2, 2), np.uint8)), np.zeros((3, 2, 2))).shape == (3, 162)


def test_the_features_of_an_example_are_used_if_none_are_given():
    assert dense(SemiGradientTD().described(problem_of(BoyanChain())), np.array([12, 11, 2])).tolist() == [
        [1, 0, 0, 0],
        [0.75, 0.25, 0, 0],
        [0, 0, 0.5, 0.5],
    ]
    assert SemiGradientTD().described(problem_of(Garnet(states=9))).size == 9
    assert LinearSARSA().inferred(problem_of(MountainCar())) == {"features": "tiles:8x8"}
    assert LinearSARSA().described(problem_of(MountainCar())).size == 648


def problem_of(env):
    """The problem of an agent that plays one run of an environment."""
    return Problem.of(env, env.batch(1), 100)


FORMS = [
    "foo",
    "tile:8x8",
    "tiles",
    "tiles:8",
    "tiles:8x0",
    "tiles:8x8:0",
    "tiles:8x8:1.5",
    "fourier",
    "fourier:1x2",
    "fourier:-1",
]
FORMS += ["one_hot:3", "radial:3:0", "radial:3:nan", "aggregation:4:2", "tiles:ax8", "tiles:8x8:9:9", "polynomial:1e3"]


@pytest.mark.parametrize("form", FORMS)
def test_features_of_another_form_are_refused(form):
    message = refusal(partial(LinearSARSA, features=form))
    assert message.startswith((f"features={form}: must be one_hot, aggregation:GROUPS, ", f"features={form}: unknown"))
    assert "tiles:8x10x20" in message
    assert ("did you mean tiles?" in message) == (form == "tile:8x8")


WRONG = [("features", [[1, 2], [3]]), ("features", [1, 2]), ("features", [["a"]]), ("features", [[np.inf]])]
WRONG += [("ranges", "0"), ("ranges", [[1, 0]]), ("ranges", [[0, 1, 2]]), ("ranges", [0, 1]), ("ranges", [[0, np.nan]])]


@pytest.mark.parametrize(("setting", "value"), WRONG)
def test_wrong_rows_are_refused(setting, value):
    assert refusal(partial(LinearSARSA, **{setting: value})).startswith(f"{setting}={value}: must be ")


REFUSED = [
    (LinearSARSA(features="one_hot"), MountainCar, "needs other features than one_hot on Box"),
    (LinearSARSA(features=[[1.0]]), MountainCar, "needs features in words on Box"),
    (LinearSARSA(features=[[1.0]] * 3), partial(Garnet, states=9), "needs a row of features for each of the 9 states"),
    (LinearSARSA(features="tiles:8x8x8x8"), MountainCar, "needs one number per dimension in tiles, 2 or 1 of them"),
    (LinearSARSA(features="aggregation:3x3"), Garnet, "needs one number per dimension in aggregation, 1 of them, not"),
    (LinearSARSA(), CartPole, "needs agent.ranges, .LOW, HIGH. for each of the 4 numbers, since Box.* is unbounded"),
    (LinearSARSA(ranges=[[0, 1]]), CartPole, "needs agent.ranges with 4 rows"),
    (LinearSARSA(ranges=[[0, 1]]), Garnet, "needs agent.ranges=null"),
    (LinearSARSALambda(features="fourier:3", traces="replacing"), MountainCar, "needs features that are 0 or 1"),
    (SemiGradientTD(policy=[0, 1]), MountainCar, "needs policy=uniform on Box"),
]


@pytest.mark.parametrize(("agent", "env", "why"), REFUSED)
def test_features_that_do_not_fit_are_refused_in_one_line(agent, env, why):
    with pytest.raises(ProblemError, match=why) as refused:
        agent.check(problem_of(env()))
    assert "\n" not in str(refused.value)


def test_observations_without_numbers_are_refused():
    with pytest.raises(ProblemError, match="needs Box, Discrete or MultiDiscrete observations"):
        LinearSARSA().check(Problem(Pair([Discrete(2)]), Discrete(2), 1, 1))


LARGE = ["tiles:8x100000x100000", "fourier:1000000", "tiles:8x8:1000000000000", "radial:99999x99999"]


@pytest.mark.parametrize("features", LARGE)
def test_weights_that_do_not_fit_into_memory_are_refused(features):
    message = refusal(lambda: simulate(Cell(LinearSARSA(features=features), MountainCar(), steps=5, runs=100)))
    assert message.startswith(f"agent.features={features}: needs ")
    assert "GB of memory" in message
    message = refusal(lambda: simulate(Cell(LSTD(features="aggregation:90000"), Baird(), steps=5, runs=100)))
    assert message.startswith("agent.features=90000 of them: needs ")


def test_huge_spaces_are_refused_for_their_table():
    space = MultiDiscrete([2] * 60)
    with pytest.raises(SettingError, match="GB of memory"):
        LinearSARSA(features="one_hot").begin(Problem(space, Discrete(2), 1, 1), np.random.default_rng(0))


def test_every_family_of_features_learns_on_every_kind_of_space():
    limit = {"time_limit": 50}
    for features in ("aggregation:4", "tiles:4x4", "tiles:4x4:50", "polynomial:2", "fourier:2", "radial:3"):
        for name, settings in (("mountain_car", limit), ("cliff_walking", limit), ("catch", {})):
            agent, env = LinearSARSA(features=features, alpha=0.01), catalog.make("env", name, settings)
            assert simulate(Cell(agent, env, steps=60, runs=3)).data["lengths"].shape[0] == 3


@pytest.mark.parametrize(("dimensions", "size"), [(1, 72), (4, 52_488), (5, 65_536), (30, 65_536)])
def test_without_a_setting_a_box_of_any_dimension_has_a_bounded_number_of_features(dimensions, size):
    space = Box(0.0, 1.0, (dimensions,))
    features = features_of(default_features(space), None, space)
    assert features.size == size
    assert features.active == 8
