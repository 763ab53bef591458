"""A file that is no model is refused in one line, with the line and the column at fault if it has lines."""

import json

import numpy as np
import pytest
from scipy import sparse

from rlnotes.base.errors import SettingError
from rlnotes.envs import Model, ModelFile

HEAD = "state,action,next_state,probability,reward\n"
ENTRIES = {"state": [0], "action": [0], "next_state": [0], "probability": [1.0], "reward": [0.0]}


def refusal(file, **settings):
    """The requirement of the error of a file."""
    with pytest.raises(SettingError) as error:
        Model.read(file, **settings)
    assert error.value.setting == "file"
    assert "\n" not in str(error.value)
    return error.value.requirement


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (HEAD, "it has names of columns and no line below them"),
        ("a,l,b,1,0\n", "line 1, column 1 is 'a'"),
        ("state,action,probability,reward\na,l,1,0\n", "line 1 has no column next_state: the columns must be state, "),
        (
            "state,action,next_state,probabilty,reward\na,l,a,1,0\n",
            "line 1, column 4 is 'probabilty' (did you mean probability?): the columns must be state, action, ",
        ),
        (HEAD.replace("reward", "reward,done") + "a,l,a,1,0,1\n", "line 1, column 6 is 'done': the columns must be "),
        (HEAD.replace("reward", "reward,reward") + "a,l,a,1,0,1\n", "line 1, column 6 is 'reward': the columns "),
        (HEAD + "a,l,a,1\n", "line 2 has 4 cells, and the first line 5"),
        (HEAD + "a,l,a,1,0\n\na,l,,1,0\n", "line 4, column 3, next_state, is '': must be a name or a number"),
        (HEAD + "a,l,a,1,much\n", "line 2, column 5, reward, is 'much': must be a finite number"),
        (HEAD + "a,l,a,1,inf\n", "line 2, column 5, reward, is 'inf': must be a finite number"),
        (HEAD + "a,l,a,1.5,0\n", "line 2, column 4, probability, is '1.5': must be a number from 0 to 1"),
        (HEAD + "a,l,a,-0.5,0\n", "line 2, column 4, probability, is '-0.5': must be a number from 0 to 1"),
        (HEAD + "a,l,a,half,0\n", "line 2, column 4, probability, is 'half': must be a number from 0 to 1"),
        (HEAD + "a,l,a,1,0\na,r,a,.5,0\na,r,b,.4,0\n", "line 3: the probabilities of state a, action r sum to 0.9, "),
        (HEAD + "a,l,a,1,0\na,l,b,1,0\n", "line 2: the probabilities of state a, action l sum to 2, not to 1"),
        (
            HEAD.replace("reward", "reward,terminated") + "a,l,a,1,0,0\na,r,b,1,0,0\n",
            "line 3 goes on to state b, which has no line of its own; add its lines, or write terminated=1",
        ),
        (
            HEAD.replace("reward", "reward,terminated") + "a,l,a,1,0,no\n",
            "line 2, column 6, terminated, is 'no': must be 0, 1, true or false",
        ),
    ],
)
def test_a_table(tmp_path, text, reason):
    file = tmp_path / "model.csv"
    file.write_text(text)
    assert refusal(file).startswith(f"must be the model of a finite MDP ({reason}")


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        (
            {"P": [1]},
            "it has no array state, and has P; it must have state, action, next_state, probability, reward, or trans",
        ),
        ({"transition": [[[1.0]]]}, "it has no array reward, and has transition; it must have transition, reward"),
        ({"transition": [[1.0]], "reward": [0]}, "transition=(1, 1): must have the shape [states, actions, states]"),
        (ENTRIES | {"probability": [0.9]}, "probability=0.9: is the sum of state 0, action 0, "),
        (ENTRIES | {"state": [-1]}, "state=-1: must be from 0 to 0"),
        (ENTRIES | {"state": [0.5]}, "state=0.5: must be a whole number"),
        (ENTRIES | {"next_state": [-1]}, "next_state=-1: of state 0, action 0: must be from 0 to 0"),
        (ENTRIES | {"next_state": [3]}, "state=1: has no action; give a final state an action that terminates"),
        (ENTRIES | {"reward": [0.0, 1.0]}, "reward=of shape (2,): must have the shape of state, (1,)"),
        (ENTRIES | {"states": ["a", "b"], "actions": ["l"]}, "state=b: has no action"),
        (ENTRIES | {"state": [1], "states": ["a"], "actions": ["l"]}, "state=1: must be from 0 to 0"),
        (ENTRIES | {"states": ["a"]}, "it has names of states alone, and must have states and actions"),
        (ENTRIES | {"start": [0.5, 0.5]}, "start=of shape (2,): must be a state or 1 probabilities"),
        (ENTRIES | {"discount": 2.0}, "discount=2.0: must be from 0 to 1"),
    ],
)
def test_arrays(tmp_path, arrays, reason):
    np.savez(tmp_path / "model.npz", **arrays)
    assert refusal(tmp_path / "model.npz").startswith(f"must be the model of a finite MDP ({reason}")


def test_a_sparse_matrix(tmp_path):
    file = tmp_path / "model.npz"
    sparse.save_npz(file, sparse.csr_array(np.eye(3)))
    assert "(it has no array reward, and has " in refusal(file)
    sparse.save_npz(file, sparse.csr_array(np.ones((3, 2))))
    np.savez(file, **np.load(file), reward=np.zeros(3))
    assert refusal(file).endswith("(its matrix is (3, 2), and must be [states · actions, states])")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"0": {\n"0": [[1.0, 0 0.0]]}}', "line 2, column 15: Expecting ',' delimiter"),
        ("3", "it must be {…} or […] with something inside"),
        ("{}", "it must be {…} or […] with something inside"),
        (json.dumps({"a": 3}), "state a must be {…} or […] with something inside"),
        (json.dumps({"a": {"l": 3}}), "outcomes=3: of state a, action l: must be a list of (probability, next "),
        (json.dumps({"a": {"l": [[1.0, "a", 0.0]]}}), "outcomes=[1.0, 'a', 0.0]: of state a, action l: must be "),
        (json.dumps({"a": {"l": [[1.0, "b", 0.0, False]]}}), "next_state=b: of state a, action l: is not a state"),
        (json.dumps({"0": {"0": [[1.0, 7, 0.0, False]]}}), "next_state=7: of state 0, action 0: is not a state"),
        (json.dumps({"a": {"l": [["x", "a", 0.0, False]]}}), "probability=x: of state a, action l: must be a number"),
        (json.dumps({"a": {"l": [[0.9, "a", 0.0, False]]}}), "probability=0.9: is the sum of state a, action l, "),
        ("[" * 100_000, "maximum recursion depth exceeded"),
    ],
)
def test_json(tmp_path, text, reason):
    (tmp_path / "P.json").write_text(text)
    assert refusal(tmp_path / "P.json").startswith(f"must be the model of a finite MDP ({reason}")


@pytest.mark.parametrize("name", ["model.csv", "model.npz", "P.json", "model.mdp"])
def test_a_file_that_is_missing_or_something_else(tmp_path, name):
    assert refusal(tmp_path / name).endswith("(No such file or directory)")
    (tmp_path / name).mkdir()
    assert refusal(tmp_path / name).endswith("(it is not a file)")
    (tmp_path / name).rmdir()
    (tmp_path / name).write_bytes(b"PK\x03\x04\xff\xfe\x00")
    assert refusal(tmp_path / name).startswith("must be the model of a finite MDP (")


def test_a_file_with_another_ending(tmp_path):
    requirement = refusal(tmp_path / "model.xlsx")
    assert requirement == "must be a model, a file that ends in .csv, .tsv, .txt, .npz, .json or .mdp"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start": "s3"}, "start=s3: must be one of the states, or a probability for each (did you mean s2?)"),
        ({"start": 2}, "start=2: must be from 0 to 1"),
        ({"start": [0.5, 0.4]}, "start=0.9: is the sum of the probabilities of the start states; they must be "),
        ({"discount": 2}, "discount=2: must be from 0 to 1"),
        ({"file": 3}, "file=3: must be a word or null"),
    ],
)
def test_settings_beside_the_file_are_not_blamed_on_it(settings, message):
    with pytest.raises(SettingError) as error:
        ModelFile(**settings)
    assert str(error.value).startswith(message)


def test_a_command_says_it_in_one_line_and_writes_nothing(run, tmp_path):
    (tmp_path / "model.csv").write_text(HEAD + "a,l,a,0.5,0\n")
    with pytest.raises(SystemExit) as exit:
        run("agent=value_iteration", "env=model", "env.file=model.csv")
    what = "line 2: the probabilities of state a, action l sum to 0.5, not to 1"
    assert str(exit.value) == f"rlnotes: env.file=model.csv: must be the model of a finite MDP ({what})"
    assert [path.name for path in tmp_path.iterdir()] == ["model.csv"]
