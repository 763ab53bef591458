"""The commands `why`, `check` and `clean` on stored cells."""

import pytest


@pytest.fixture
def stored(run, tmp_path):
    """Two stored cells that differ in a setting."""
    run("agent=ucb", "agent.delta=0.1,0.2", "steps=9", "runs=2")
    return sorted(tmp_path.glob("results/cells/*"))


def test_why_says_what_differs(run, stored):
    first, second = map(str, stored)
    assert run("why", first, first) == ""
    printed = run("why", first, second)
    assert printed in ("agent.delta: 0.1 → 0.2\n", "agent.delta: 0.2 → 0.1\n")


def test_why_names_code_and_packages(run, stored):
    first, second = stored
    config = second / "config.yaml"
    text = (first / "config.yaml").read_text()
    [line] = [line for line in text.splitlines() if "rlnotes.agents.bandits.ucb:" in line]
    [numpy] = [line for line in text.splitlines() if line.startswith("  numpy:")]
    config.write_text(text.replace(line, line[:-3] + "xyz").replace(numpy, "  numpy: 0.9"))
    version = numpy.split(": ")[1]
    assert run("why", *map(str, stored)) == (
        f"code.rlnotes.agents.bandits.ucb: changed\npackages.numpy: {version} → 0.9\n"
    )


def test_check_reads_every_file(run, stored, capsys):
    assert run("check") == "2 cells are whole\n"
    (stored[1] / "summary.json").write_text("{}")
    with pytest.raises(SystemExit, match="1 of 2 cells are damaged"):
        run("check", "results")
    assert "summary.json is damaged" in capsys.readouterr().out


def test_clean_removes_damaged_cells_and_says_so(run, stored):
    assert run("clean") == "0 files and folders removed\n"
    (stored[1] / "summary.json").unlink()
    name = stored[1].name
    assert run("clean", "results") == f"removed results/cells/{name}\n1 files and folders removed\n"
    assert run("check") == "1 cells are whole\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["why", "a"], "why=a: must have A B, the folders of two cells"),
        (["why", "a", "b"], "why=a: must be the folder of a cell"),
        (["check", "a", "b"], "check=a b: must have RESULTS"),
        (["check", "nowhere"], "results=nowhere: holds no cells"),
        (["clean", "a", "b"], "clean=a b: must have RESULTS"),
        (["clean", "nowhere"], "results=nowhere: holds no cells"),
    ],
)
def test_other_words_are_refused(run, words, message):
    with pytest.raises(SystemExit, match=f"^rlnotes: {message}"):
        run(*words)
