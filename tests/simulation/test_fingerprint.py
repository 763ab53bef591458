"""The name of a cell changes with all code that decides its numbers, and with nothing else."""

import ast
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.edits import EDITS, MADE, MAIN, agent, with_main

from rlnotes.agents import ETC, UCB, QLearning
from rlnotes.envs import GaussianBandit, Gridworld
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.source import syntax


@pytest.fixture(scope="module")
def forks():
    """A process that runs main.py of the folders that it reads."""
    script = Path(__file__).parents[1] / "support" / "forked_scripts.py"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen([sys.executable, script], **pipes) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def printed(forks, tmp_path):
    """The lines that main.py prints in a new folder with the given texts of files."""
    made = []

    def run(files):
        folder = tmp_path / str(len(made))
        made.append(folder)
        for name, text in {"main.py": MAIN, **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        print(folder, file=forks.stdin, flush=True)
        return list(iter(lambda: forks.stdout.readline().rstrip("\n"), "-----"))

    return run


@pytest.mark.parametrize("edit", EDITS)
def test_the_name_changes_with(edit, printed):
    before, after = EDITS[edit]
    [first], [again], [other] = printed(before), printed(before), printed(after)
    assert first == again
    assert first.count("-") >= 2
    assert len(first) < 80
    assert first != other


@pytest.mark.parametrize(
    ("main", "reason"),
    [
        (
            "exec(compile(open('mine.py').read(), '<cell 1>', 'exec'), n := {'__name__': 'cells'})\nshow(n['Mine']())",
            "cells has no file",
        ),
        ("import mine, threading\nmine.EPS = threading.Lock()\nshow(mine.Mine())", "cannot be compared"),
    ],
)
def test_code_that_cannot_be_covered_has_no_name(main, reason, printed):
    [line] = printed(with_main(main, {"mine.py": agent("EPS = 1", "EPS")}))
    assert reason in line


def test_classes_of_one_name_have_different_names(printed):
    other = {"mine.py": agent() + MADE, "other.py": agent()}
    main = "import mine, other\nshow(mine.Mine())\nshow(other.Mine())\nshow(mine.make(1)())\nshow(mine.make(2)())\n"
    main += "mine.Mine.act = other.Mine.act\nshow(mine.Mine())"
    assert len(set(printed(with_main(main, other)))) == 5


def test_a_name_does_not_change_with_what_a_script_computes(printed):
    main = "from mine import Mine\nfrom rlnotes import compare\nshow(Mine())\nimport matplotlib, time\n"
    main += "now = time.time()\nfirst = compare(Mine(), steps=5, runs=2, progress=False)\nshow(Mine())"
    first, *_, second = printed(with_main(main, {"mine.py": agent()}))  # packages may warn in between
    assert first == second


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ("old, UCB.act = UCB.act, Mine.act", "UCB.act = old"),
        ("old, Agent.device_kind = Agent.device_kind, 'none'", "Agent.device_kind = old"),
        ("old, grid.FOUR_MOVES['↑'] = grid.FOUR_MOVES['↑'], (5, 5)", "grid.FOUR_MOVES['↑'] = old"),
    ],
)
def test_a_name_follows_what_a_script_changes_and_changes_back(change, back, printed):
    main = "from mine import Mine\nfrom rlnotes.agents.base.agent import Agent\n"
    main += "import rlnotes.envs.mdps.base.grid as grid\n"
    main += "\n".join(["show(Mine())", change, "show(Mine())", back, "show(Mine())"])
    first, other, last = printed(with_main(main, {"mine.py": agent()}))
    assert first == last
    assert first != other


def test_an_own_agent_has_a_name_in_a_program_that_has_loaded_torch(printed):
    """torch.classes says that it is in a file that does not exist."""
    pytest.importorskip("torch")
    main = "import torch\nfrom mine import Mine\nshow(Mine())"
    assert printed(with_main(main, {"mine.py": agent()}))[-1].count("-") >= 2


def test_a_bandit_is_named_without_the_code_of_planners_and_a_finite_mdp_with_it():
    bandit, mdp = (Cell(*both).settings for both in ((UCB(), GaussianBandit()), (QLearning(), Gridworld())))
    planning = "rlnotes.agents.planning.modified_policy_iteration"
    assert planning in mdp["code"]
    assert not [module for module in bandit["code"] if ".planning." in module or ".tabular." in module]
    assert {"rlnotes.simulation.simulate", "rlnotes.agents.bandits.base.arm_kernels"} <= bandit["code"].keys()
    assert bandit["packages"].keys() >= {"numpy", "numba", "gymnasium", "scipy"}
    assert bandit["packages"]["numpy"] == importlib.metadata.version("numpy")
    assert not {"rlnotes.simulation.store", "rlnotes.analysis.tables"} & bandit["code"].keys()
    assert Cell(UCB(), GaussianBandit()).name != Cell(ETC(), GaussianBandit()).name


CODE = "def f(x):\n    return x + 1\n"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("# a comment\ndef f(x):\n    return (x  +  1)\n", True),
        ('"""A module."""\ndef f(x):\n    """A function."""\n    return x + 1\n', True),
        ("def f(x):\n    return x + 2\n", False),
        ("def f(x):\n    return 1 + x\n", False),
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(text, same):
    assert (syntax(ast.parse(text)) == syntax(ast.parse(CODE))) is same


def test_the_name_does_not_depend_on_the_order_of_sets():
    """Python orders sets of texts by the hash seed of the process."""
    script = "from rlnotes.agents import UCB; from rlnotes.envs import GaussianBandit as G; "
    script += "from rlnotes.simulation.cell import Cell; print(Cell(UCB(), G()).name)"
    command = [sys.executable, "-c", script]
    names = {
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in "123456"
    }
    assert len(names) == 1
