"""`python -m rlnotes.run` as a user runs it."""

import csv
import re
import subprocess
import sys

import pytest
from support.results import cells

from rlnotes.simulation.simulate import simulate

QUICK = ["steps=50", "runs=20"]


def test_a_comparison_prints_and_writes_its_results(run, tmp_path):
    text = run("agent=etc,ucb,ucb_asymptotic", "env=gaussian_bandit", "env.means=[0.5,0.0]", *QUICK)
    assert text.startswith("gaussian_bandit, arms=2, means=[0.5,0.0], std=1.0, 50 steps, 20 runs\n")
    [folder] = [path for path in (tmp_path / "results").iterdir() if path.name != "cells"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}-etc-ucb-ucb_asymptotic-gaussian_bandit", folder.name)
    figures = [f"{name}.{kind}" for name in ("profile", "pulls", "regret", "scores") for kind in ("png", "svg")]
    files = ", ".join(sorted([*figures, "report.html"]))
    assert f"comparison.json, comparison.yaml, {files} in results/{folder.name}" in text
    with (folder / "comparison.csv").open() as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["etc", "ucb", "ucb_asymptotic"]
    assert len(cells(tmp_path / "results")) == 6


def test_only_new_cells_are_computed(run, tmp_path, monkeypatch):
    computed = []
    monkeypatch.setattr(
        "rlnotes.simulation.run.simulate", lambda cell, *more: computed.append(str(cell)) or simulate(cell, *more)
    )
    run("agent=etc,ucb", *QUICK)
    first = cells(tmp_path / "results")
    assert len(computed) == 2
    run("agent=etc,ucb", *QUICK)
    assert len(computed) == 2
    assert cells(tmp_path / "results") == first
    assert len(list(tmp_path.glob("results/*/comparison.csv"))) == 2
    run("agent=etc,ucb,random", *QUICK, "plot.log_x=true")
    assert computed[2:] == ["random on gaussian_bandit, steps=50, runs=20"]


def test_sweeps_over_a_setting_over_seeds_and_over_names(run):
    text = run("agent=ucb", "agent.delta=0.1,0.01", "seed=0,1", *QUICK)
    assert re.findall(r"delta=\S+", text) == ["delta=0.1", "delta=0.01"]
    assert ", 40 runs\n" in text
    text = run("agent=glob([random,epsilon_greedy,etc,ucb*],exclude=[ucb_q,ucbvi])", "env=bernoulli_bandit", *QUICK)
    for name in ("random", "epsilon_greedy", "etc", "ucb", "ucb_asymptotic"):
        assert name in text


def test_an_environment_of_gymnasium_by_its_id(run):
    assert "FrozenLake-v1" in run("agent=random", "env=FrozenLake-v1", "env.is_slippery=false", "runs=3", "steps=200")
    assert "arms=3" in run("agent=ucb", "env=rlnotes/GaussianBandit-v0", "env.arms=3", *QUICK)


def test_help_lists_agents_environments_and_settings(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    text = run("--help")
    for line in (
        r"steps +steps of every run, the horizon n \(default 10000\)",
        r"plot.log_x +whether the horizontal axis is logarithmic \(default false\)",
        r"ucb +Play the arm with the largest upper confidence bound \[notes 1.5\]",
        r"bernoulli_bandit +Arms that pay 1 with probability μ_a, else 0 \[notes 1.1\]",
    ):
        assert len(re.findall(line, text)) == 1
    assert "agent.pulls  pulls m of each arm before committing, 1 or more (default null)" in run("agent=etc", "--help")
    assert re.search(r"env.std +standard deviation .* \(default 1.0\)", run("env=gaussian_bandit", "--help"))
    assert re.search(r"env.is_slippery +\(default true\)", run("env=FrozenLake-v1", "--help"))


def test_completion_knows_agents_and_settings(run, monkeypatch):
    for line, words in (
        ("agent=uc", "agent=ucb agent=ucb1 agent=ucb_asymptotic agent=ucb_q agent=ucb_tuned agent=ucb_v agent=ucbvi"),
        ("agent=ucb agent.d", "agent.delta="),
    ):
        monkeypatch.setenv("COMP_LINE", f"rlnotes {line}")
        assert run("-sc", "query=bash").strip() == words


def test_a_mistake_has_exit_status_1_and_on_request_a_traceback(command):
    plain = command("agent=ubc")
    assert plain.returncode == 1
    assert plain.stderr.count("\n") == 1
    full = command("agent=ubc", HYDRA_FULL_ERROR="1")
    assert full.returncode == 1
    assert "Traceback" in full.stderr
    assert command("--nonsense").returncode == 2


def test_an_output_that_cannot_show_all_symbols_is_no_error(command, tmp_path):
    process = command("agent=ucb", *QUICK, PYTHONIOENCODING="ascii")
    assert process.returncode == 0, process.stderr
    assert list(tmp_path.glob("results/*/comparison.csv"))


def test_a_damaged_cell_is_computed_again_with_a_warning_of_one_line(run, command, tmp_path):
    run("agent=ucb", *QUICK)
    before = cells(tmp_path / "results")
    [data] = tmp_path.glob("results/cells/*/data.npz")
    data.write_bytes(data.read_bytes()[:500])
    process = command("agent=ucb", *QUICK)
    assert process.returncode == 0
    assert re.search(r"^rlnotes: .* holds no whole result .*; it is computed again$", process.stderr, re.MULTILINE)
    assert cells(tmp_path / "results") == before


def test_no_display_is_needed(command, tmp_path):
    variables = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND"))
    assert command("agent=ucb", *QUICK, **variables).returncode == 0
    [picture] = tmp_path.glob("results/*/regret.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("columns", [80, 200])
def test_tables_fit_into_the_terminal(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run("agent=etc,ucb", "env=gaussian_bandit", *QUICK)
    table = [line for line in text.splitlines() if line and line[0] in "┏┃┡│├└"]
    assert len(table) >= 5
    assert {len(line) for line in table} == {min(columns, len(table[0]))}
    assert re.search(r"^│ etc +│", text, re.MULTILINE)
    assert re.search(r"^│ ucb +│", text, re.MULTILINE)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_help_shows_every_setting_at_any_width(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run("--help")
    for name in ("steps", "plot.log_x", "ucb", "bernoulli_bandit"):
        assert re.search(rf"^ *{name} ", text, re.MULTILINE)
    assert max(map(len, run("agent=etc", "--help").splitlines())) <= columns


def test_a_reader_who_leaves_is_no_error(tmp_path):
    command = [sys.executable, "-m", "rlnotes.run", "agent=ucb", *QUICK]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert b"Broken" not in process.stderr.read()
