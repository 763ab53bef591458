"""A search by Optuna: its winner is run again on fresh random numbers, and claims no more than these show."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from rlnotes.agents import UCB
from rlnotes.cli.search import FRESH, conclusions
from rlnotes.comparison import Comparison
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

pytest.importorskip("hydra_plugins.hydra_optuna_sweeper")
SEARCH = ["hydra/sweeper=optuna", "hydra.sweeper.n_trials=4", "steps=100", "runs=50"]
FALSE_ALARM = 1e-6


def test_a_search_runs_the_winner_and_the_default_again(command, tmp_path):
    words = ["agent=ucb", "agent.delta=tag(log,interval(0.001,0.9))", "seed=3", *SEARCH]
    found = command(*words)
    assert found.returncode == 0, found.stderr
    assert "Traceback" not in found.stderr
    [file] = tmp_path.glob("results/*/comparison.json")
    winner, default = json.loads(file.read_text())["rows"]
    assert {row["settings"]["seed"] for row in (winner, default)} == {3 + FRESH}
    assert default["settings"]["agent"]["delta"] is None
    delta = winner["settings"]["agent"]["delta"]
    *_, best, verdict = found.stdout.splitlines()
    assert best == f"The best of 4 trials is agent.delta={delta}. It was run again, with another seed."
    assert verdict == "It is better than the default settings."
    assert len(list(tmp_path.glob("results/cells/*"))) == 6
    again = command(str(file.parent / "comparison.yaml"))
    assert again.stdout.splitlines()[-2:] == [best, verdict]
    assert len(list(tmp_path.glob("results/cells/*"))) == 6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("agent=ucb", "hydra/sweeper=optuna: needs something to search: settings of an agent are searched, such as "),
        (
            "agent=ucb,etc",
            "agent=ucb,etc: must have one value in a search: settings of an agent are searched, such as ",
        ),
        ("agent=ucb agent.delta=interval(1.5,2)", "agent.delta=1."),
        ("agent=ucb agent.detla=interval(0.1,0.2)", "agent.detla=interval(0.1,0.2): unknown (did you mean delta?)"),
        ("agent=ucb agent.delta=interval(0.1,0.2) runs=0", "runs=0: must be a whole number, 1 or more"),
    ],
)
def test_a_mistake_is_refused_in_one_line(command, words, message):
    failed = command(*words.split(), *(word for word in SEARCH if word.partition("=")[0] not in words))
    assert failed.returncode == 1
    [line] = [line for line in failed.stderr.splitlines() if "%" not in line]
    assert line.startswith(f"rlnotes: {message}")


def claims(searches, trials, fresh):
    """In how many searches over equally good settings the winner is called better than the default.

    The numbers of the last runs are `fresh`, or those of the trials.
    """
    runs, rng = 20, np.random.default_rng()
    results = [simulate(Cell(UCB(delta), GaussianBandit(), steps=1, runs=runs)) for delta in (0.1, 0.2)]
    claimed = 0
    for _ in range(searches):
        regret = rng.normal(size=(1 + trials, runs, 1))
        winner = 1 + regret[1:].mean(axis=(1, 2)).argmin()
        last = rng.normal(size=(2, runs, 1)) if fresh else regret[[winner, 0]]
        drawn = [replace(one, data={**one.data, "regret": seen}) for one, seen in zip(results, last, strict=True)]
        claimed += list(conclusions({}, trials, Comparison(drawn)))[-1] == "It is better than the default settings."
    return claimed


@pytest.mark.slow
def test_a_winner_among_equal_settings_is_claimed_in_at_most_5_percent_of_searches():
    """The false-alarm probability is 10⁻⁶. The trials themselves would claim far too many winners."""
    assert binom.sf(claims(400, 20, fresh=True) - 1, 400, 0.05) > FALSE_ALARM
    assert binom.sf(claims(400, 20, fresh=False) - 1, 400, 0.05) < FALSE_ALARM
