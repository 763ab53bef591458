"""Models in files: every format gives the same model, with the names of its states and actions."""

import json

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from rlnotes.agents import PolicyIteration, ValueIteration
from rlnotes.envs import Garnet, Model, ModelFile, from_gymnasium
from rlnotes.simulation.cell import Cell

TABLE = """\
state,action,next_state,probability,reward
home,walk,office,0.9,-1
home,walk,home,0.1,-1
home,bus,office,1,-3
"""
ARRAYS = "offsets", "next_state", "probability", "reward", "terminated", "start"


def file_with(folder, text, name="model.csv"):
    """A file with this text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def same(model, other):
    """Whether two models have the same arrays and discount."""
    return model.discount == other.discount and all(
        np.array_equal(getattr(model, name), getattr(other, name)) for name in ARRAYS
    )


def entries(model):
    """State, action, next_state, probability, reward and terminated [entries] of a model."""
    row = np.repeat(np.arange(model.row_count), np.diff(model.offsets))
    columns = row // model.actions, row % model.actions, model.next_state, model.probability, model.reward
    names = "state", "action", "next_state", "probability", "reward", "terminated"
    return dict(zip(names, (*columns, model.terminated), strict=True))


def as_table(model, file):
    columns = entries(model)
    lines = (",".join(map(repr, line)) for line in zip(*(column.tolist() for column in columns.values()), strict=True))
    file.write_text("\n".join([",".join(columns), *lines]))


def as_entries(model, file):
    np.savez(file, **entries(model), discount=model.discount)


def as_arrays(model, file):
    np.savez(file, transition=dense(model), reward=rewards(model), discount=model.discount)


def as_sparse(model, file):
    """The two lines of the how-to page."""
    sparse.save_npz(file, sparse.csr_array(dense(model).reshape(-1, model.states)))
    np.savez(file, **np.load(file), reward=rewards(model), discount=model.discount)


def as_json(model, file):
    columns = {name: column.tolist() for name, column in entries(model).items()}
    table = {}
    for s, a, *outcome in zip(*columns.values(), strict=True):
        to, probability, reward, terminated = outcome
        table.setdefault(s, {}).setdefault(a, []).append([probability, to, reward, terminated])
    file.write_text(json.dumps(table))


def as_cassandra(model, file):
    columns = {name: column.tolist() for name, column in entries(model).items()}
    lines = [f"discount: {model.discount!r}", f"states: {model.states}", f"actions: {model.actions}", "values: reward"]
    for s, a, to, probability, reward, _ in zip(*columns.values(), strict=True):
        lines += [f"T: {a} : {s} : {to} {probability!r}", f"R: {a} : {s} : {to} {reward!r}"]
    file.write_text("\n".join(lines))


def dense(model):
    """p(s'|s, a) [states, actions, states]."""
    shape = model.states * model.actions, model.states
    rows = sparse.csr_array((model.probability, model.next_state, model.offsets), shape)
    return rows.toarray().reshape(model.states, model.actions, model.states)


def rewards(model):
    """r(s, a) [states, actions], which is that of each entry."""
    return model.reward[model.offsets[:-1]].reshape(model.states, model.actions)


FORMS = {
    "table.csv": as_table,
    "entries.npz": as_entries,
    "arrays.npz": as_arrays,
    "sparse.npz": as_sparse,
    "P.json": as_json,
    "small.mdp": as_cassandra,
    "CAPITALS.MDP": as_cassandra,
}


@pytest.mark.parametrize("name", FORMS)
@given(seed=st.integers(0, 2**30), states=st.integers(2, 9), actions=st.integers(1, 3))
def test_every_format_gives_the_same_model(tmp_path_factory, name, seed, states, actions):
    model = Garnet(states=states, actions=actions, branching=min(states, 3), seed=seed, discount=0.9).model
    model = Model.from_arrays(dense(model), model.expected_reward, start=0, discount=0.9)
    file = tmp_path_factory.mktemp("models") / name
    FORMS[name](model, file)
    read = Model.read(file, discount=0.9)
    assert same(read, model)
    assert list(read.called.states) == list(range(states))


@pytest.mark.parametrize("id", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v4"])
def test_the_p_of_gymnasium_is_read_as_it_is(tmp_path, id):
    env = gym.make(id).unwrapped
    file = file_with(tmp_path, json.dumps(env.P, default=float), "P.json")
    start = env.initial_state_distrib.tolist()
    assert same(Model.read(file, start=start, discount=0.9), from_gymnasium(id, 0.9))


def test_the_example_has_the_values_of_the_book():
    """Puterman, Markov Decision Processes, section 3.1, γ = 0.95: −4.5 / 0.525 and −1 / 0.05."""
    plan = PolicyIteration().plan(ModelFile().model)
    assert plan.value == pytest.approx([-4.5 / 0.525, -20])
    assert [(row.state, row.action) for row in plan.table()] == [("s1", "go_half"), ("s2", "go_half")]


def test_names_stay_and_a_state_without_a_line_is_final(tmp_path):
    model = Model.read(file_with(tmp_path, TABLE), discount=1.0)
    plan = ValueIteration(tolerance=1e-9).plan(model)
    assert plan.table() == [("home", pytest.approx(-1 / 0.9), "walk"), ("office", pytest.approx(0, abs=1e-8), "walk")]
    assert model.terminated.tolist() == [False, True, True, True, True]


def test_a_column_terminated_says_where_episodes_end(tmp_path):
    text = "action;state;next state;reward;probability;terminated\nstay;7;7;1;1;0\nleave;7;9;2;1;true\nstay;9;7;0;1;1\n"
    model = Model.read(file_with(tmp_path, text))
    assert list(model.called.states) == [7, 9]
    assert model.terminated.tolist() == [False, True, True]
    assert model.available.tolist() == [[True, True], [True, False]]
    assert model.discount == 0.99


def test_names_of_an_npz_file_stay(tmp_path):
    file = tmp_path / "model.npz"
    transition, reward = np.array([[[0.5, 0.5]], [[0, 1]]]), np.array([[1.0], [2.0]])
    np.savez(file, transition=transition, reward=reward, states=["up", "down"], actions=["wait"], start="down")
    model = Model.read(file)
    assert model.start.tolist() == [0, 1]
    assert PolicyIteration().plan(model).table()[1] == ("down", pytest.approx(200), "wait")


@pytest.mark.parametrize(
    ("start", "expected"), [("office", [0, 1]), (1, [0, 1]), ([0.25, 0.75], [0.25, 0.75]), (None, [1, 0])]
)
def test_the_start_may_be_a_name_a_number_or_probabilities(tmp_path, start, expected):
    assert Model.read(file_with(tmp_path, TABLE), start=start).start.tolist() == expected


def test_a_start_that_is_a_number_is_the_name_if_names_are_numbers(tmp_path):
    text = TABLE.replace("home", "3").replace("office", "5")
    assert Model.read(file_with(tmp_path, text), start=5).start.tolist() == [0, 1]


def test_the_content_of_the_file_decides_the_name_of_the_cell_and_the_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = []
    for text in (TABLE, TABLE.replace("-3", "-2"), TABLE):
        file_with(tmp_path, text)
        cells.append(Cell(PolicyIteration(), ModelFile(file="model.csv"), steps=9, runs=2))
    assert [cell.env.model.least_reward for cell in cells] == [-3, -2, -3]
    assert cells[0].name == cells[2].name != cells[1].name


def test_values_and_policies_are_written_by_name(run, tmp_path):
    file_with(tmp_path, TABLE)
    text = run("agent=policy_iteration,random", "env=model", "env.file=model.csv", "steps=50", "runs=5")
    assert "policy.csv" in text
    [folder] = [file.parent for file in tmp_path.glob("results/*/value.csv")]
    header, first, last = (folder / "policy.csv").read_text().splitlines()
    assert (header, first) == ("plan,state,action", "policy_iteration,home,walk")
    assert last == "policy_iteration,office,"  # it is final
    first, home, office = (folder / "value.csv").read_text().splitlines()
    assert first == "plan,state,value"
    assert float(home.removeprefix("policy_iteration,home,")) == pytest.approx(-1 / (1 - 0.099))
    assert office == "policy_iteration,office,0.0"
