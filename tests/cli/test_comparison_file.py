"""A comparison in a file is the command with the same words; the folder of a comparison has one."""

import json
import shlex
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rlnotes.cli.comparison_file import ComparisonFile, as_file

TEXT = """\
# two agents
agent: etc,ucb
etc.pulls: 2,5
ucb.delta: 0.01
env.means: [0.5, 0.0]
steps: 50
runs: 20
plot.log_x: true
"""
WORDS = ["agent=etc,ucb", "etc.pulls=2,5", "ucb.delta=0.01", "env.means=[0.5,0.0]"]
WORDS += ["steps=50", "runs=20", "plot.log_x=true"]


@pytest.fixture
def file(tmp_path):
    """The name of a file with a comparison in the current folder."""
    (tmp_path / "mine.yaml").write_text(TEXT)
    return "mine.yaml"


def newest():
    """The folder of the last comparison."""
    return max(Path("results").glob("2*"), key=lambda folder: (folder / "comparison.csv").stat().st_mtime_ns)


def numbers(folder):
    """The numbers of comparison.csv, without times."""
    rows = json.loads((folder / "comparison.json").read_text())["rows"]
    return [(row["label"], row["mean"], row["runs"]) for row in rows]


def test_a_file_is_the_command_with_its_words(run, file):
    run(*WORDS)
    by_words = numbers(newest()), sorted(path.name for path in Path("results/cells").iterdir())
    run(file)
    assert (numbers(newest()), sorted(path.name for path in Path("results/cells").iterdir())) == by_words
    command = json.loads((newest() / "comparison.json").read_text())["command"]
    assert shlex.split(command) == ["python", "-m", "rlnotes.run", *WORDS]


def test_a_word_of_the_command_goes_before_that_of_the_file(run, file):
    assert "10 runs" in run(file, "runs=10")
    assert "10 runs" in run("runs=10", file)


def test_the_folder_of_a_comparison_runs_it_again(run, file, monkeypatch):
    run(file, "results=here")
    [folder] = Path("here").glob("2*")
    content = yaml.safe_load((folder / "comparison.yaml").read_text())
    usual = {"env": "gaussian_bandit", "seed": 0}
    assert content == yaml.safe_load(TEXT) | usual
    run(str(folder / "comparison.yaml"))
    assert numbers(newest()) == numbers(folder)
    assert (newest() / "comparison.yaml").read_text().split() == (folder / "comparison.yaml").read_text().split()


def test_a_command_with_episodes_has_no_steps_in_its_file(run):
    run("agent=random", "env=cliff_walking", "episodes=2", "runs=2", "env.time_limit=20")
    content = yaml.safe_load((newest() / "comparison.yaml").read_text())
    assert content == {
        "agent": "random",
        "env": "cliff_walking",
        "runs": 2,
        "seed": 0,
        "episodes": 2,
        "env.time_limit": 20,
    }


ODD = ["[0.5, 0.0]", "[0.5,0.0]", "[a b]", "[[1,2],[3,4]]", "[]", "{a: 1}", "0.1,0.2", "null", "true", "1e3", "0x1"]
VALUES = st.text("abz019.,:#'\"[]{}-_ ä\t", max_size=9) | st.sampled_from(ODD)


@given(words=st.dictionaries(st.sampled_from(["agent", "env.means", "etc.pulls", "steps", "plot.band"]), VALUES))
def test_any_words_are_written_and_read_back(tmp_path_factory, words):
    file = tmp_path_factory.mktemp("comparison") / "comparison.yaml"
    file.write_text(as_file([f"{key}={value}" for key, value in words.items()], {}), encoding="utf-8")
    if words:
        assert ComparisonFile.read(str(file)).words == {key: f"{key}={value}" for key, value in words.items()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepz: 3\n", "stepz=3: unknown (did you mean steps?); a run has "),
        (
            "agent: etc,ucb\nucb.detla: 3\n",
            "ucb.detla=3: unknown (did you mean delta?); ucb has delta, sigma (my.yaml, line 2)",
        ),
        ("\nagent: ubc\n", "agent=ubc: unknown (did you mean ucb?); "),
        (
            "agent: [etc, ucb]\n",
            "agent=[etc,ucb]: must be names with commas between them: write agent=etc,ucb (my.yaml, line 1)",
        ),
        ("runs: 1,000\n", "runs=1,000: has commas, which separate values: write runs=1000 (my.yaml, line 1)"),
        ("agent: ucb\nruns: 0\n", "runs=0: must be a whole number, 1 or more (my.yaml, line 2)"),
        ("runs: 3\nruns: 4\n", "comparison=my.yaml: line 2: runs is there twice"),
        ("env:\n  name: x\n", "comparison=my.yaml: line 1: env must have one value; write env.name: x"),
        ("agent: [\n", "comparison=my.yaml: line 2: expected the node content, but found '<stream end>'"),
        ("- agent: ucb\n", "comparison=my.yaml: must have KEY: VALUE in each line, such as agent: etc,ucb"),
        ("", "comparison=my.yaml: must have KEY: VALUE in each line, such as agent: etc,ucb"),
        (
            "agent: !!python/object:os.system x\n",
            "comparison=my.yaml: line 1: could not determine a constructor for the tag ",
        ),
        ("agent: \x00\n", "comparison=my.yaml: unacceptable character #x0000: special characters are not allowed"),
        (None, "comparison=my.yaml: No such file or directory"),
    ],
)
def test_a_mistake_is_refused_in_one_line(run, tmp_path, text, message):
    if text is not None:
        (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(SystemExit) as exit:
        run("my.yaml")
    assert str(exit.value).startswith(f"rlnotes: {message}")
    assert "\n" not in str(exit.value)
    assert not (tmp_path / "results").exists()


def test_two_files_are_refused(run, file):
    with pytest.raises(SystemExit, match=r"^rlnotes: comparison=mine.yaml mine.yaml: must be one file$"):
        run(file, file)
