"""Stored comparisons: the command, date and cells in comparison.json, and the commands `list` and `show`."""

import json
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from rlnotes import __version__, compare
from rlnotes.settings import Plot
from rlnotes.simulation.store import Store

WORDS = ["agent=etc,ucb", "env.means=[0.5, 0.0]", "steps=50", "runs=20"]


@pytest.fixture
def folder(run, tmp_path):
    """The folder of a stored comparison."""
    run(*WORDS)
    [folder] = [file.parent for file in tmp_path.glob("results/*/comparison.json")]
    return folder


def saved(folder):
    """The content of comparison.json."""
    return json.loads((folder / "comparison.json").read_text())


def test_a_comparison_has_its_command_date_and_cells(run, folder):
    content = saved(folder)
    assert shlex.split(content["command"]) == ["python", "-m", "rlnotes.run", *WORDS]
    assert abs(datetime.now().astimezone() - datetime.fromisoformat(content["date"])).total_seconds() < 600
    cells = [folder / cell for cell in content["cells"]]
    assert [re.sub("-.*", "", cell.name) for cell in cells] == ["etc", "ucb"]
    assert all((cell / "data.npz").is_file() for cell in cells)
    assert [row["agent"] for row in content["rows"]] == ["etc", "ucb"]


def test_every_seed_has_a_cell(run, tmp_path):
    run("agent=ucb", "seed=0,1,2", "steps=9", "runs=2")
    [file] = tmp_path.glob("results/*/comparison.json")
    assert {path.name for path in tmp_path.glob("results/cells/*")} == {
        Path(cell).name for cell in saved(file.parent)["cells"]
    }


@pytest.mark.parametrize(
    ("agents", "envs", "name"),
    [
        (["ucb", "etc"], ["gaussian_bandit"], "ucb-etc-gaussian_bandit"),
        (["ucb", "etc", "moss", "imed", "random"], ["gaussian_bandit"], "ucb-etc-moss-2_more-gaussian_bandit"),
        (["random"], ["CartPole-v1", "FrozenLake-v1"], "random-CartPole-v1-FrozenLake-v1"),
    ],
)
def test_a_folder_is_named_after_what_was_compared(agents, envs, name):
    assert compare(agents, envs, steps=60, runs=2, progress=False).name == name


def test_the_name_of_a_folder_is_short_and_valid_everywhere():
    comparison = compare(["ucb", "etc", "moss", "imed"], ["gaussian_bandit"] * 2, steps=9, runs=2, progress=False)
    for row in comparison.rows:
        row.result.settings["agent"] = {"name": f"my folder/ä.py:{row.label}" + 'Ä:*?"<>|' + "x" * 200 + "."}
        row.result.settings["env"] = {"name": row.label * 100}
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", comparison.name)


def test_two_commands_at_the_same_time_have_folders_of_their_own(tmp_path):
    comparison, store = compare("ucb", steps=9, runs=2, progress=False), Store(tmp_path)
    assert [comparison.save(store, "2026-ucb").name for _ in range(3)] == ["2026-ucb", "2026-ucb-2", "2026-ucb-3"]


@pytest.mark.parametrize("columns", [60, 120])
def test_list_shows_the_newest_last(run, folder, tmp_path, monkeypatch, columns):
    compare("random", steps=9, runs=2, progress=False).save(Store(tmp_path / "results"), "mine")
    run("agent=ucb", "agent.delta=0.1,0.2", "steps=9", "runs=2")
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run("list")
    assert max(map(len, text.splitlines())) <= columns
    date = folder.name[:17]
    first, mine, last = (text.index(words) for words in (date, "mine", "agent.delta=0.1"))
    assert first < mine < last
    for words in ("etc, ucb", "gaussian_bandit", "agent=etc,ucb", "from Python", "delta=0."):
        assert words in text
    assert re.search(rf"{date}.* regret:", text)


def test_list_names_no_best_row_of_several_environments(run):
    run("agent=ucb", "env.arms=2,3", "steps=9", "runs=2")
    text = run("list")
    assert "env.arms=2,3" in text
    assert "regret:" not in text


def test_list_names_comparisons_that_it_cannot_read(run, folder):
    (folder / "comparison.json").write_text("[]")
    assert f"results/{folder.name} holds a comparison of another version" in run("list", "results")


def test_show_says_that_a_comparison_is_of_another_version(run, folder):
    (folder / "comparison.json").write_text('{"colour": 1}')
    with pytest.raises(SystemExit, match=r"holds a comparison of another version of rlnotes$"):
        run("show", str(folder))


def test_show_prints_a_comparison_again_and_computes_nothing(run, folder, monkeypatch):
    monkeypatch.delattr("rlnotes.simulation.run.simulate")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for words in (f"results/{folder.name}", folder.name, folder.name[:17]):
        command, *table = run("show", words).splitlines()
        assert shlex.split(command)[3:] == WORDS
        assert table[0] == "gaussian_bandit, arms=2, means=[0.5,0.0], std=1.0, 50 steps, 20 runs"
        assert any(line.startswith("│ etc ") for line in table)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_show_draws_again_with_other_settings(run, folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert f"scores.svg in results/{folder.name}" in run("show", folder.name, "plot.log_x=true", "plot.band=quartiles")
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} >= {"regret.png", "regret.svg", "comparison.json"}
    assert before.keys() == after.keys()
    changed = {key: value for key, value in saved(folder)["plot"].items() if value != getattr(Plot(), key)}
    assert changed == {"log_x": True, "band": "quartiles"}
    run("show", folder.name, "plot.log_x=false")
    assert saved(folder)["plot"]["band"] == "quartiles"
    run("show", folder.name, "plot.band=interval")
    again = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert again == before
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, "cells"}


def test_show_says_that_cells_are_of_other_code(run, folder, monkeypatch):
    assert "made by other code" not in run("show", folder.name)
    for cell in saved(folder)["cells"]:
        config = folder / cell / "config.yaml"
        text = config.read_text()
        numpy = re.search(r"\n  numpy: (.*)", text)
        text = re.sub(r"(rlnotes.agents.bandits.ucb: ).*", r"\g<1>'0'", text).replace(numpy[0], "\n  numpy: 0.9")
        before = digest(config)
        config.write_text(text)
        sums = folder / cell / "SHA256SUMS"
        sums.write_text(sums.read_text().replace(before, digest(config)))
    text = run("show", folder.name)
    assert f"\nmade by other code: numpy 0.9 (now {numpy[1]}), rlnotes.agents.bandits.ucb\n" in text


def digest(file):
    """The line about a file in SHA256SUMS."""
    from rlnotes.simulation.cell_folder import checksum

    return checksum(file)


def test_show_says_when_code_of_the_user_has_changed(command, tmp_path):
    agent = tmp_path / "mine.py"
    agent.write_text(
        "from dataclasses import dataclass\n"
        "from rlnotes.agents.bandits.base.bandit_agent import BanditAgent\n\n\n"
        "@dataclass\nclass Greedy(BanditAgent):\n"
        "    def act(self, observation):\n        return self.argmax()\n"
    )
    assert command("agent=mine:Greedy", "steps=9", "runs=2").returncode == 0
    [file] = tmp_path.glob("results/*/comparison.json")
    shown = [command("show", file.parent.name).stdout]
    agent.write_text(agent.read_text() + "\nX = 1\n")
    shown.append(command("show", file.parent.name).stdout)
    agent.unlink()
    shown.append(command("show", file.parent.name).stdout)
    assert ["made by other code: mine\n" in text for text in shown] == [False, True, True]
    assert all("Greedy" in text for text in shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("list a b", "list=a b: must have [RESULTS], one folder of results"),
        ("list nowhere", "results=nowhere: holds no comparisons"),
        ("show", "show=: must have FOLDER [--format latex|markdown|csv] [plot.SETTING=VALUE ...], the folder of a "),
        ("show results/cells", "show=results/cells: must be the folder of a comparison"),
        ("show 2", "show=2: begins several names: "),
        ("show {0}-ucd", "show={0}-ucd: must be the folder of a comparison (did you mean {0}-"),
        ("show {0} plot.logx=true", "plot.logx=true: unknown (did you mean log_x?)"),
        ("show {0} plot.log_x=maybe", "plot.log_x=maybe: must be true or false"),
        ("show {0} plot.band=sd", "plot.band=sd: must be interval or quartiles"),
        ("show {0} plt.band=x", "plt.band=x: must be a setting of the figures (did you mean plot.band?): plot.log_x, "),
        ("show {0} --format html", "format=html: unknown; must be latex, markdown or csv"),
        ("show {0} --format", "format=: unknown; must be latex, markdown or csv"),
        ("show {0} runs=3", "runs=3: must be a setting of the figures: plot.log_x, "),
    ],
)
def test_other_words_are_refused(run, folder, words, message):
    run("agent=moss", "steps=9", "runs=2")
    with pytest.raises(SystemExit) as exit:
        run(*words.format(folder.name[:21]).split())
    assert str(exit.value).startswith(f"rlnotes: {message.format(folder.name[:21])}")


def test_show_names_a_missing_cell(run, folder):
    cell = folder / saved(folder)["cells"][0]
    cell.rename(folder / "away")
    with pytest.raises(SystemExit, match=rf"^rlnotes: show={folder.name}: results/cells/{cell.name} holds no whole"):
        run("show", folder.name)


def test_the_version_is_printed(run):
    assert run("--version") == f"rlnotes {__version__}\n"


def test_the_package_runs_as_a_command():
    printed = subprocess.run([sys.executable, "-m", "rlnotes", "--version"], capture_output=True, text=True, check=True)
    assert printed.stdout == f"rlnotes {__version__}\n"
