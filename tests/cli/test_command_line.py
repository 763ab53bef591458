"""`python -m rlnotes.run`, as a person uses it."""

import csv
import os
import re
import shlex

import pytest
from support.results import cells

QUICK = ["steps=50", "runs=20"]


def test_a_comparison_writes_what_it_says(run, tmp_path):
    text = run("agent=etc,ucb,ucb_asymptotic", "env=gaussian_bandit", "env.means=[0.5,0.0]", *QUICK)
    assert text.startswith("gaussian_bandit, arms=2, means=[0.5,0.0], std=1.0, 50 steps, 20 runs\n")
    [folder] = [path for path in (tmp_path / "results").iterdir() if path.name not in ("cells", ".hydra")]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}", folder.name)
    assert f"comparison.json, profile.png, profile.svg, regret.png, regret.svg in results/{folder.name}" in text
    with (folder / "comparison.csv").open() as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["etc", "ucb", "ucb_asymptotic"]
    assert len(cells(tmp_path / "results")) == 6


def test_the_same_command_again_computes_nothing_and_a_new_agent_only_itself(run, tmp_path, monkeypatch):
    from rlnotes.simulation.cell import Cell

    computed, simulate = [], Cell.simulate
    monkeypatch.setattr(Cell, "simulate", lambda cell, *a: computed.append(str(cell)) or simulate(cell, *a))
    run("agent=etc,ucb", *QUICK)
    first = cells(tmp_path / "results")
    assert len(computed) == 2
    run("agent=etc,ucb", *QUICK)
    assert len(computed) == 2
    assert cells(tmp_path / "results") == first
    assert len(list(tmp_path.glob("results/*/comparison.csv"))) == 2
    run("agent=etc,ucb,random", *QUICK, "plot.log_x=true")
    assert computed[2:] == ["random on gaussian_bandit, steps=50, runs=20"]


def test_sweeps_over_a_field_and_over_seeds(run):
    text = run("agent=ucb", "agent.delta=0.1,0.01", "seed=0,1", *QUICK)
    assert re.findall(r"delta=\S+", text) == ["delta=0.1", "delta=0.01"]
    assert ", 40 runs\n" in text
    text = run("agent=glob([random,epsilon_greedy,etc,ucb*],exclude=[ucb_q,ucbvi])", "env=bernoulli_bandit", *QUICK)
    for name in ("random", "epsilon_greedy", "etc", "ucb", "ucb_asymptotic"):
        assert name in text


def test_an_environment_of_gymnasiums_by_its_id(run):
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


def test_completion_knows_agents_and_fields(run, monkeypatch):
    for line, words in (
        ("agent=uc", "agent=ucb agent=ucb1 agent=ucb_asymptotic agent=ucb_q agent=ucb_v agent=ucbvi"),
        ("agent=ucb agent.d", "agent.delta="),
    ):
        monkeypatch.setenv("COMP_LINE", f"rlnotes {line}")
        assert run("-sc", "query=bash").strip() == words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("agent=ubc", "agent=ubc: unknown (did you mean ucb?); must be one of "),
        ("agent=etc,ubc", "agent=ubc: unknown (did you mean ucb?)"),
        ("env=gausian_bandit", "env=gausian_bandit: unknown (did you mean gaussian_bandit?)"),
        ("env=CartPol-v1", "env=CartPol-v1: unknown (did you mean CartPole-v1?)"),
        ("agent=ucb env=CartPole-v1", "agent=ucb: does not fit env=CartPole-v1: it needs a bandit"),
        ("agent.detla=0.1", "agent.detla=0.1: unknown (did you mean delta?); ucb has delta"),
        ("agent=etc,ucb agent.delta=0.1", "agent.delta=0.1: unknown; etc has gap, pulls"),
        ("+agent.detla=0.1", "agent.detla=0.1: unknown (did you mean delta?)"),
        ("env.mean=[1]", "env.mean=[1]: unknown (did you mean means?)"),
        (
            "env=FrozenLake-v1 agent=random env.slippery=true",
            "env.slippery=true: unknown (did you mean is_slippery?); the environment has desc, ",
        ),
        (
            "stepz=5",
            "stepz=5: unknown (did you mean steps?); a run has agent, checkpoint, env, episodes, plot, precision, "
            "results, runs, seed, steps, tensorboard",
        ),
        ("+stepz=5", "stepz=5: unknown (did you mean steps?)"),
        ("plot.logx=true", "plot.logx=true: unknown (did you mean log_x?); plot has band, log_x, theory, window"),
        ("hydra/launcher=jobib", "hydra/launcher=jobib: unknown; must be one of basic, joblib"),
        ("agent.delta=small", "agent.delta=small: must be float | null"),
        ("steps=many", "steps=many: must be int"),
        ("steps=1.5", "steps=1.5: must be int"),
        ("env.means=0.5", "env.means=0.5: must be list[float] | null"),
        ("'env.means=[0.5, a]'", "env.means=[0.5, a]: Value 'a'"),
        ("'agent.delta=a b'", "agent.delta=a b: must be float | null"),
        ("env=LunarLander-v3", "env=LunarLander-v3: cannot be made ("),
        ("env=FrozenLake-v1 agent=random env.map_name=9x9", "env=FrozenLake-v1: cannot be made (KeyError"),
        ("agent=random env=CartPole-v1 steps=3", "steps=3: too few: no episode ended in 20 of 20 runs"),
        ("results=", "results=: must name a folder"),
        ("agent=q_learning episodes=3", "episodes=3: never end in env=gaussian_bandit; set steps"),
        ("episodes=3", "episodes=3: never end in env=gaussian_bandit; set steps"),
        ("agent=q_learning env=CartPole-v1", "agent=q_learning: does not fit env=CartPole-v1: it needs a finite set"),
        ("agent=sarsa env=forest env.discount=1 env.time_limit=null", "agent=sarsa: does not fit env=forest: it needs"),
        ("agent=sarsa env=forest env.time_limit=null", "env.time_limit=null: must be set: no episode ends there"),
        ("agent=q_learning,sarsa env=gridworld agent.alpha=2", "agent.alpha=2: must be above 0 and at most 1"),
        ("agent=q_learning,random env=gridworld agent.alpha=1", "agent.alpha=1: unknown; random has no settings"),
        ("agent=q_learning env=gridworld agent.epsilon=foo", "agent.epsilon=foo: must be a number, 1/visits, linear:"),
        ("agent=sarsa_lambda env=gridworld agent.decay=2", "agent.decay=2.0: must be from 0 to 1"),
        ("plot.window=0", "plot.window=0: must be 1 or more"),
        (
            "agent=value_iteration",
            "agent=value_iteration: does not fit env=gaussian_bandit: it needs the model of a finite",
        ),
        (
            "agent=value_iteration env=CartPole-v1",
            "agent=value_iteration: does not fit env=CartPole-v1: it needs the model",
        ),
        (
            "agent=value_iteration env=garnet env.discount=1",
            "agent=value_iteration: does not fit env=garnet: it needs another discount there, since with ",
        ),
        ("agent=value_iteration env=gridworld env.discount=1.5", "env.discount=1.5: must be from 0 to 1"),
        ("agent=random env=CartPole-v1 env.discount=-1", "env.discount=-1.0: must be from 0 to 1"),
        ("agent=value_iteration env=gridworld agent.tolerance=0", "agent.tolerance=0.0: must be a number above 0"),
        ("env=gridworld env.map=[S..,G]", "env.map=G: is ragged: line 2 has 1 characters and the first 3"),
        ("env=gridworld env.map=[S.x]", "env.map=S.x: line 1 has the unknown symbol 'x'; there are S . # G H"),
        ("env=gridworld env.map=[..G]", "env.map=['..G']: must have a start cell, S"),
        ("env=gridworld env.map=S.G", "env.map=S.G: must be list[str] | null"),
        ("env=garnet env.states=1000000000", "env.states=1000000000: needs "),
        ("env=cliff_walking env.time_limit=0", "env.time_limit=0: must be 1 or more, or null"),
        ("agent=null", "agent=null "),
        ("agent.delta=1=2", "agent.delta=1=2: cannot be read: "),
        ("agent", "agent=: cannot be read: "),
        ("agent=glob(x*)", "agent=glob(x*) steps=50 runs=20: sweeps over nothing"),
        ("env.arms=0", "env.arms=0: must be 1 or more"),
        ("env.means=[]", "env.means=[]: must name the mean of at least one arm"),
        ("env.means=[nan]", "env.means=[nan]: every mean must be a finite number"),
        ("env.means=[inf,0]", "env.means=[inf, 0.0]: every mean must be a finite number"),
        ("env=bernoulli_bandit env.means=[2]", "env.means=[2.0]: every mean of such an arm must be from 0 to 1"),
        ("env.std=-1", "env.std=-1: must be a finite number, 0 or more"),
        ("steps=0", "steps=0: must be a whole number, 1 or more"),
        ("runs=-1", "runs=-1: must be a whole number, 1 or more"),
        ("seed=-1", "seed=-1: must be a whole number, 0 or more"),
        ("agent.delta=0", "agent.delta=0.0: must be between 0 and 1"),
        ("agent.delta=0.1,1", "agent.delta=1.0: must be between 0 and 1"),
        ("results=a,b", "results=a: must have one value"),
        ("plot.log_x=true,false", "plot.log_x=true: must have one value"),
        ("results=/dev/null/x", "results=/dev/null/x: must be a folder that can be written (Not a directory)"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_nothing_is_written(run, tmp_path, capsys, words, message):
    with pytest.raises(SystemExit) as exit:
        run(*shlex.split(words), *(word for word in QUICK if word.partition("=")[0] not in words))
    told = str(exit.value)
    assert told.startswith(f"rlnotes: {message}")
    assert "\n" not in told
    printed, bars = capsys.readouterr()
    assert printed == ""
    assert "Error" not in bars
    left = {path.name for path in tmp_path.rglob("*")}
    assert left <= ({"results", "cells", ".hydra", "multirun.yaml"} if "too few" in message else set())


def test_the_exit_status_and_the_traceback_for_those_who_ask(command):
    plain = command("agent=ubc")
    assert plain.returncode == 1
    assert plain.stderr.count("\n") == 1
    full = command("agent=ubc", HYDRA_FULL_ERROR="1")
    assert full.returncode == 1
    assert "Traceback" in full.stderr
    assert command("--nonsense").returncode == 2


def test_an_output_that_cannot_show_the_symbols_is_no_error(command, tmp_path):
    process = command("agent=ucb", *QUICK, PYTHONIOENCODING="ascii")
    assert process.returncode == 0, process.stderr
    assert list(tmp_path.glob("results/*/comparison.csv"))


def test_a_damaged_cell_is_computed_again_with_one_line(run, command, tmp_path):
    run("agent=ucb", *QUICK)
    before = cells(tmp_path / "results")
    [data] = tmp_path.glob("results/cells/*/data.npz")
    data.write_bytes(data.read_bytes()[:500])
    process = command("agent=ucb", *QUICK)
    assert process.returncode == 0
    assert re.search(r"^rlnotes: .* holds no whole result .*; it is computed again$", process.stderr, re.MULTILINE)
    assert cells(tmp_path / "results") == before


def test_no_display_is_needed(command, tmp_path):
    environment = {key: "" for key in ("DISPLAY", "WAYLAND_DISPLAY") if key in os.environ}
    assert command("agent=ucb", *QUICK, **environment).returncode == 0
    [picture] = tmp_path.glob("results/*/regret.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
