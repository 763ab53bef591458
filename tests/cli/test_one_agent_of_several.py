"""Settings of one agent among several, with the name of the agent before the point."""

import re

import pytest
from support.own_files import AGENTS, forgotten, loaded_from, write

from rlnotes.simulation.run import run as run_cell

QUICK = ["steps=20", "runs=3"]


def labels(text):
    """The first column of a table."""
    return re.findall("^│ (.+?) +│", text, re.MULTILINE)


def cells(folder):
    """The number of stored cells."""
    return len(list((folder / "results" / "cells").iterdir()))


def test_each_agent_is_swept_on_its_own(run, tmp_path):
    text = run("agent=etc,ucb", "etc.pulls=2", "ucb.delta=0.1,0.01", *QUICK)
    assert labels(text) == ["etc", "ucb, delta=0.1", "ucb, delta=0.01"]
    assert cells(tmp_path) == 3
    [config] = tmp_path.glob("results/cells/etc-*/config.yaml")
    assert "pulls: 2\n" in config.read_text()


def test_a_cell_of_another_agent_is_looked_up_once(run, monkeypatch):
    words = "agent=etc,ucb", "ucb.delta=0.1,0.01", *QUICK
    run(*words)
    looked_up = []
    monkeypatch.setattr(
        "rlnotes.cli.hydra_app.run", lambda cell, *more: looked_up.append(cell) or run_cell(cell, *more)
    )
    run(*words)
    assert len(looked_up) == 3


def test_the_cell_is_that_of_the_agent_alone(run, tmp_path):
    run("agent=ucb", "agent.delta=0.5", *QUICK)
    run("agent=etc,ucb", "ucb.delta=0.5", *QUICK)
    assert cells(tmp_path) == 2


def test_a_setting_of_all_agents_stays_and_that_of_one_wins(run):
    text = run("agent=ucb,moss", "agent.sigma=0.5", "ucb.sigma=2", *QUICK)
    assert labels(text) == ["ucb, sigma=2.0", "moss, sigma=0.5"]


def test_an_own_class_is_named_without_its_module(run, tmp_path, monkeypatch):
    write(tmp_path, "my_agents.py", AGENTS)
    monkeypatch.setattr("rlnotes.simulation.fingerprint.user_modules", lambda: loaded_from(tmp_path))
    with forgotten():
        text = run("agent=my_agents:Greedy,ucb", "Greedy.epsilon=0.1,0.2", *QUICK)
    assert labels(text) == ["Greedy, epsilon=0.1", "Greedy, epsilon=0.2", "ucb"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("sarsa.alpha=1", "sarsa.alpha=1: sarsa is not among the agents: etc, ucb"),
        ("etc.pull=1", "etc.pull=1: unknown (did you mean pulls?); etc has gap, pulls, sigma"),
        ("etc.pulls=many", "etc.pulls=many: must be a whole number or null"),
        ("etc.pulls=2,0", "etc.pulls=0: must be a whole number, 1 or more"),
        ("agent.pulls=0", "agent.pulls=0: "),
        ("ubc.delta=0.1", "ubc.delta=0.1: unknown (did you mean ucb?); before the point must be agent, env, plot, or "),
        ("etc.pulls=1=2", "etc.pulls=1=2: cannot be read: "),
    ],
)
def test_a_mistake_is_refused_in_one_line(run, tmp_path, words, message):
    with pytest.raises(SystemExit) as exit:
        run("agent=etc,ucb", words, *QUICK)
    assert str(exit.value).startswith(f"rlnotes: {message}")
    assert "\n" not in str(exit.value)
    assert not (tmp_path / "results").exists()
