"""Cells with more runs go on from stored cells with fewer, and have the same bytes as without them."""

import shutil
from dataclasses import replace

import pytest
from support.results import cells

from rlnotes.agents import TD, UCB, QLearning, Random, ValueIteration
from rlnotes.envs import CliffWalking, GaussianBandit, Gridworld, RandomWalk
from rlnotes.envs.registered import Registered
from rlnotes.simulation import cell_folder
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.run import run
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.store import Store


@pytest.fixture
def computed(monkeypatch):
    """The number of runs that each call of `simulate` computes; a block has 30 runs."""
    for module in ("cell", "simulate", "growth"):
        monkeypatch.setattr(f"rlnotes.simulation.{module}.BLOCK", 30)
    runs = []

    def counted(cell, advance, *others):
        done = []
        result = simulate(cell, lambda number, evaluated=False: done.append(number), *others)
        runs.append(sum(done) / (cell.episodes or cell.steps))
        return result

    monkeypatch.setattr("rlnotes.simulation.run.simulate", counted)
    return runs


@pytest.fixture
def cell():
    return Cell(UCB(), GaussianBandit(gap=1.0), steps=100, runs=30)


def files(folder, cell):
    """The settings and data of a cell in a folder, byte for byte."""
    return {name: content for (of, name), content in cells(folder).items() if of == cell.name}


@pytest.mark.parametrize(
    "cell",
    [
        Cell(UCB(), GaussianBandit(), steps=20),
        Cell(QLearning(), CliffWalking(), steps=1_000),
        Cell(TD(), RandomWalk(), episodes=3),
        Cell(ValueIteration(), Gridworld(), steps=20),
        Cell(Random(), Registered("CartPole-v1"), steps=60),
    ],
    ids=str,
)
def test_more_runs_compute_the_new_blocks_only_and_have_the_same_bytes(tmp_path, computed, cell):
    grown, fresh = Store(tmp_path / "grown"), Store(tmp_path / "fresh")
    for runs in (30, 90, 135):
        run(replace(cell, runs=runs), grown, progress=False)
    assert computed == [30, 60, 45]
    whole = replace(cell, runs=135)
    run(whole, fresh, progress=False)
    assert computed[3] == 135
    assert files(grown.folder, whole) == files(fresh.folder, whole)


def test_a_higher_precision_adds_to_the_runs_of_a_lower_one(tmp_path, computed, cell):
    grown, fresh = Store(tmp_path / "grown"), Store(tmp_path / "fresh")
    coarse, fine = replace(cell, precision=0.05), replace(cell, precision=0.02)
    few = len(run(coarse, grown, progress=False).outcome)
    many = len(run(fine, grown, progress=False).outcome)
    assert 30 < few < many
    assert computed == [few, many - few]
    run(fine, fresh, progress=False)
    assert files(grown.folder, fine) == files(fresh.folder, fine)
    precise_already = replace(fine, precision=0.0199999)
    run(precise_already, grown, progress=False)
    assert files(grown.folder, precise_already)["data.npz"] == files(fresh.folder, fine)["data.npz"]
    assert computed[3:] == [0]


def test_a_number_of_runs_and_a_precision_go_on_from_each_other(tmp_path, computed, cell):
    store = Store(tmp_path)
    precise = replace(cell, precision=0.05)
    run(cell, store, progress=False)
    few = len(run(precise, store, progress=False).outcome)
    run(replace(cell, runs=few + 30), store, progress=False)
    assert computed == [30, few - 30, 30]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"runs": 45}, {"runs": 75}),  # a block with 15 runs draws other numbers than one with 30
        ({"runs": 90}, {"runs": 60}),
        ({"seed": 1}, {"runs": 60}),
        ({"steps": 101}, {"runs": 60}),
        ({"agent": UCB(delta=0.5)}, {"runs": 60}),
        ({"env": GaussianBandit(gap=0.5)}, {"runs": 60}),
        ({"precision": 0.02}, {"precision": 0.05}),
        ({"runs": 120}, {"precision": 0.1}),
        ({"runs": 120, "precision": 0.2}, {"precision": 0.1}),
    ],
)
def test_nothing_else_is_a_beginning(tmp_path, computed, cell, first, then):
    grown, fresh, whole = Store(tmp_path / "grown"), Store(tmp_path / "fresh"), replace(cell, **then)
    run(replace(cell, **first), grown, progress=False)
    for store in (grown, fresh):
        run(whole, store, progress=False)
    assert computed[1] == computed[2] >= 30
    assert files(grown.folder, whole) == files(fresh.folder, whole)


def test_a_result_of_other_code_is_no_beginning(tmp_path, computed, cell):
    run(cell, Store(tmp_path), progress=False)
    folder = tmp_path / "cells" / cell.name
    result = cell_folder.load(folder)
    result.settings["code"]["rlnotes.agents.bandits.ucb"] = "0"
    shutil.rmtree(folder)
    Store(tmp_path).save(cell.name, result)
    run(replace(cell, runs=60), Store(tmp_path), progress=False)
    assert computed == [30, 60]


def test_a_damaged_beginning_is_not_used(tmp_path, computed, cell):
    run(cell, Store(tmp_path), progress=False)
    data = tmp_path / "cells" / cell.name / "data.npz"
    data.write_bytes(data.read_bytes()[:-1])
    run(replace(cell, runs=60), Store(tmp_path), progress=False)
    assert computed == [30, 60]


def test_a_beginning_survives_an_error(tmp_path, computed, cell, monkeypatch):
    run(cell, Store(tmp_path), progress=False)
    before = cells(tmp_path)

    def fail(*arguments):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("rlnotes.simulation.run.simulate", fail)
        with pytest.raises(RuntimeError):
            run(replace(cell, runs=60), Store(tmp_path), progress=False)
    assert cells(tmp_path) == before
    run(replace(cell, runs=60), Store(tmp_path), progress=False)
    assert computed == [30, 30]
