"""Cassandra's format: wildcards, rows, matrices, costs and starts mean what its description says."""

import numpy as np
import pytest

from rlnotes.base.errors import SettingError
from rlnotes.envs import Model

PREAMBLE = "discount: 0.9\nvalues: reward\nstates: a b c\nactions: l r\n"
STAYS = "T: * identity\n"


def read(folder, text):
    """The model with this text."""
    file = folder / "model.MDP"
    file.write_text(text)
    return Model.read(file)


def transition(model):
    """p(s'|s, a) [states, actions, states]."""
    found = np.zeros((model.row_count, model.states))
    found[np.repeat(np.arange(model.row_count), np.diff(model.offsets)), model.next_state] = model.probability
    return found.reshape(model.states, model.actions, model.states)


IDENTITY = np.eye(3)
MATRIX = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1]])
UNIFORM = np.full((3, 3), 1 / 3)


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("T: * identity", IDENTITY, IDENTITY),
        ("T: l identity T: r uniform", IDENTITY, UNIFORM),
        ("T: l identity\nT: r\n.5 .5 0\n0 0.5 5e-1\n0 0 1", IDENTITY, MATRIX),
        ("T: * identity\nT: r : 0 : 0 0.5 # half\nT : 1 :a: b 0.5", IDENTITY, [MATRIX[0], *IDENTITY[1:]]),
        ("T: * identity\nT: * : b : b 0 T: * : b : c 1", IDENTITY[[0, 2, 2]], IDENTITY[[0, 2, 2]]),
        ("T: * : *\n0 1 0", IDENTITY[[1, 1, 1]], IDENTITY[[1, 1, 1]]),
        ("T: * identity\nT: r : c uniform", IDENTITY, [*IDENTITY[:2], UNIFORM[2]]),
        ("T: *\n.5 .5 0 0 .5 .5 0 0 1", MATRIX, MATRIX),
    ],
)
def test_transitions(tmp_path, text, left, right):
    found = transition(read(tmp_path, PREAMBLE + text))
    assert np.allclose(found[:, 0], left)
    assert np.allclose(found[:, 1], right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R: l : a : a 2", [[2, 0], [0, 0], [0, 0]]),
        ("R: * : b : * 2 R: r : * : * -1", [[0, -1], [2, -1], [0, -1]]),
        ("R: l : b : b : * 3", [[0, 0], [3, 0], [0, 0]]),
        ("R: r : c\n1 2 3", [[0, 0], [0, 0], [0, 3]]),
        ("R: l\n1 2 3 4 5 6 7 8 9", [[1, 0], [5, 0], [9, 0]]),
    ],
)
def test_rewards_and_costs(tmp_path, text, expected):
    assert read(tmp_path, PREAMBLE + STAYS + text).expected_reward.tolist() == expected
    costs = PREAMBLE.replace("reward", "cost") + STAYS + text
    assert read(tmp_path, costs).expected_reward.tolist() == (-np.array(expected)).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [1, 0, 0]),
        ("start: c", [0, 0, 1]),
        ("start: 1", [0, 1, 0]),
        ("start: 0.5 0.25 0.25", [0.5, 0.25, 0.25]),
        ("start: uniform", [1 / 3] * 3),
        ("start include: a c", [0.5, 0, 0.5]),
        ("start exclude : 0", [0, 0.5, 0.5]),
    ],
)
def test_starts(tmp_path, text, expected):
    assert read(tmp_path, f"{PREAMBLE}{text}\n{STAYS}").start.tolist() == pytest.approx(expected)


def test_names_may_be_numbers(tmp_path):
    model = read(tmp_path, "discount: 0.5 states: 2 actions: 3 " + STAYS)
    assert list(model.called.states) == [0, 1]
    assert list(model.called.actions) == [0, 1, 2]
    assert model.discount == 0.5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# nothing", "it is empty"),
        ("hello", "line 1, column 1 is 'hello': must be one of discount, values, "),
        ("discount: 0.9\nstates: a b\n", "it has no actions:"),
        (f"{PREAMBLE}T: l identity\n", "state a, action r has no probabilities: T: r : a …"),
        (f"{PREAMBLE}{STAYS}T: l : a : b 0.5\n", "line 6: the probabilities of state a, action l sum to 1.5, not to 1"),
        (f"{PREAMBLE}{STAYS}T: l : d : b 0.5\n", "line 6, column 8 is 'd': must be * or one of 3 names, or their "),
        (f"{PREAMBLE}{STAYS}T: l : 3 : b 0.5\n", "line 6, column 8 is '3': must be * or one of 3 names, or their "),
        (f"{PREAMBLE}{STAYS}T: left : a : b 0.5\n", "line 6, column 4 is 'left': must be * or one of 2 names, or "),
        (f"{PREAMBLE}{STAYS}T: l : a\n0.5 0.5\n", "line 6, column 1 is 'T': must have 3 numbers, and has 2"),
        (f"{PREAMBLE}{STAYS}T: l : a : b half\n", "line 6, column 14 is 'half': must be a number"),
        (f"{PREAMBLE}{STAYS}T: l a : b 1\n", "line 6, column 6 is 'a': unknown"),
        (f"{PREAMBLE}{STAYS}T: l : : b 1\n", "line 6, column 1 is 'T': must have a name, a number or * after each "),
        (f"{PREAMBLE}{STAYS}T: l : a b : b 1\n", "line 6, column 10 is 'b': unknown"),
        (f"{PREAMBLE}{STAYS}R: l : a : b : c 1\n", "line 6, column 16 is 'c': must be a number, after action, state "),
        (f"{PREAMBLE}{STAYS}Rewards: l : a : b 1\n", "line 6, column 1 is 'Rewards': unknown"),
        (f"{PREAMBLE}observations: x y\n", "line 5, column 1 is 'observations': a model with observations hides "),
        (PREAMBLE.replace("reward", "gain") + STAYS, "line 2, column 9 is 'gain': must be reward or cost"),
        (PREAMBLE.replace("0.9", "high") + STAYS, "line 1, column 11 is 'high': must be a number"),
        (PREAMBLE.replace("0.9", "") + STAYS, "line 1, column 1 is 'discount': must have one word after its colon"),
        (PREAMBLE.replace("a b c", "a b a") + STAYS, "line 3, column 13 is 'a': is there twice"),
        (PREAMBLE.replace("a b c", "a 2 c") + STAYS, "line 3, column 11 is '2': must be a name, which begins with a "),
        (PREAMBLE.replace("a b c", "") + STAYS, "it has no actions:"),
        (f"{PREAMBLE}start exclude: a b c\n{STAYS}", "line 5, column 1 is 'start exclude': leaves no state"),
        (f"{PREAMBLE}start: 0.5 0.5\n{STAYS}", "start=of shape (2,): must be a state or 3 probabilities"),
        (
            f"{PREAMBLE}{STAYS}T: l : a : b -1\nT: l : a : c 1\n",
            "probability=-1.0: of state a, action l: must be 0 or ",
        ),
    ],
)
def test_a_mistake_is_refused_in_one_line(tmp_path, text, reason):
    with pytest.raises(SettingError) as error:
        read(tmp_path, text)
    refusal = str(error.value)
    assert refusal.startswith(f"file={tmp_path}/model.MDP: must be the model of a finite MDP ({reason}")
    assert "\n" not in refusal
