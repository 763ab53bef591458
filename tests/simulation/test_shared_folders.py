"""Results folders of several processes and users, of full disks, and with leftovers."""

import codecs
import errno
import os
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.quick_agents import quick

from rlnotes import compare
from rlnotes.agents import UCB
from rlnotes.base.errors import SettingError
from rlnotes.envs import GaussianBandit
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.leftovers import leftovers, remove
from rlnotes.simulation.run import run
from rlnotes.simulation.simulate import simulate
from rlnotes.simulation.store import Store


@pytest.fixture
def cell():
    return Cell(UCB(delta=0.1), GaussianBandit(arms=3), steps=30, runs=8)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, cell):
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"results=.*must be a folder that can be written \(Not a directory\)"):
        run(cell, Store(tmp_path / "file"), progress=False)
    with pytest.raises(SettingError, match="results=/: must not be the root"):
        Store("/")


@pytest.fixture
def folder_of_somebody_else():
    """A folder that this process may read but not write, with the modes that its owner sets: 755 and 644."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@contextmanager
def as_somebody_else():
    """Without the rights of root, if this process has them."""
    codecs.lookup("cp437")  # zipfile needs it, and Python remembers a codec that it could not read
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_can_only_be_read_shows_its_cells_and_takes_no_others(folder_of_somebody_else, cell):
    compare(cell.agent, cell.env, steps=30, runs=8, results=folder_of_somebody_else, progress=False)
    store, other = Store(folder_of_somebody_else), replace(cell, seed=1)
    for path in folder_of_somebody_else.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder_of_somebody_else.chmod(0o555)
    with as_somebody_else():
        assert run(cell, store, progress=False).settings == cell.settings
        with pytest.raises(SettingError, match=r"must be a folder that can be written \(Permission denied\)"):
            run(other, store, progress=False)
    folder_of_somebody_else.chmod(0o755)


def test_a_cell_that_cannot_be_read_is_computed_and_not_stored(folder_of_somebody_else, cell):
    """It is private to another user, and the folder is shared."""
    store = Store(folder_of_somebody_else)
    run(cell, store, progress=False)
    (store.cells / cell.name).chmod(0o700)
    folder_of_somebody_else.chmod(0o777)
    with (
        as_somebody_else(),
        pytest.warns(UserWarning, match=r"Permission denied.*; it is computed again"),
        pytest.warns(UserWarning, match=r"ucb on gaussian_bandit is not stored in .* \(Permission denied\)"),
    ):
        run(cell, store, progress=False)
    (store.cells / cell.name).chmod(0o755)
    assert store.find(cell.name, cell.settings)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_a_cell_waits_in_memory_while_the_disk_is_full(tmp_path, cell, monkeypatch, error):
    savez, waits = np.savez, []

    def save(file, **arrays):
        if len(waits) < 2:
            Path(file).write_bytes(b"half")
            raise OSError(error, os.strerror(error))
        savez(file, **arrays)

    monkeypatch.setattr(np, "savez", save)
    monkeypatch.setattr("rlnotes.simulation.store.time.sleep", waits.append)
    store = Store(tmp_path)
    with pytest.warns(UserWarning, match=r"cells/ucb-gaussian_bandit-[\w-]+ needs 0.0 MB, and there is no space"):
        result = run(cell, store, progress=False)
    assert len(waits) == 2
    assert store.find(cell.name, cell.settings).outcome.tolist() == result.outcome.tolist()
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_checkpoints_that_cannot_be_written_warn_and_the_cell_goes_on(tmp_path, monkeypatch):
    cell = Cell(quick("dqn"), CartPole(), steps=60, runs=2)
    expected = simulate(cell).data

    def full(file, **arrays):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    checkpoint = Store(tmp_path, every=20).checkpoint(cell.name)
    with pytest.warns(UserWarning, match=r"0.npz cannot be written \(No space left on device\); the cell goes on"):
        data = simulate(cell, checkpoint=checkpoint).data
    assert data["returns"].tobytes() == expected["returns"].tobytes()


def test_clean_removes_what_no_process_uses(tmp_path, cell):
    store = Store(tmp_path)
    other = replace(cell, seed=1)
    for one in (cell, other):
        run(one, store, progress=False)
    (store.cells / other.name / "SHA256SUMS").unlink()  # as earlier versions stored cells
    for name in ("busy", "stopped"):
        (store.checkpoints / name).mkdir(parents=True)
    for name in (".unfinished-1", ".hydra"):
        (tmp_path / name).mkdir()
    (tmp_path / ".lock-killed").touch()
    with store.lock("busy"):
        found = leftovers(store, {cell.name})
        assert {path.name: reason for path, reason in found.items()} == {
            ".unfinished-1": "unfinished",
            ".hydra": "of an earlier version",
            "stopped": "a checkpoint",
            other.name: "damaged, or of an earlier version",
        }
        removed = remove(store, [*found, store.checkpoints / "busy"])
    assert sorted(path.name for path in removed) == sorted(
        [".unfinished-1", ".hydra", ".lock-killed", "stopped", other.name]
    )
    assert [path.name for path in store.checkpoints.iterdir()] == ["busy"]
    assert [path.name for path in store.cells.iterdir()] == [cell.name]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells", "checkpoints"]
    assert [path.name for path in remove(store, leftovers(store, None))] == ["busy"]
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_a_cell_that_no_comparison_uses_is_a_leftover_unless_the_used_ones_are_unknown(tmp_path, cell):
    store = Store(tmp_path)
    run(cell, store, progress=False)
    assert leftovers(store, {cell.name}) == leftovers(store, None) == {}
    assert leftovers(store, set()) == {store.cells / cell.name: "no comparison uses it"}
    with store.lock(cell.name):
        assert leftovers(store, set()) == {}
        assert remove(store, [store.cells / cell.name]) == []
    assert remove(store, [store.cells / cell.name]) == [store.cells / cell.name]
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_nothing_is_removed_where_locks_do_not_work(tmp_path, cell, monkeypatch):
    store = Store(tmp_path)
    run(cell, store, progress=False)
    monkeypatch.setattr("rlnotes.simulation.unfinished.acquire", lambda lock, wait=False: False)
    assert leftovers(store, set()) == {}
    assert remove(store, [store.cells / cell.name]) == []
    assert store.is_in_use()


def test_a_process_that_computes_is_seen(tmp_path):
    store = Store(tmp_path)
    assert not store.is_in_use()
    with store.in_use():
        assert store.is_in_use()
    assert not store.is_in_use()
    assert not list(tmp_path.iterdir())


def test_the_first_of_two_processes_that_save_the_same_cell_wins(tmp_path, cell):
    store, result = Store(tmp_path), simulate(cell)
    store.save(cell.name, result)
    first = (tmp_path / "cells" / cell.name / "summary.json").read_bytes()
    result.seconds *= 2
    store.save(cell.name, result)
    assert (tmp_path / "cells" / cell.name / "summary.json").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


def test_clean_keeps_a_cell_that_it_cannot_read(tmp_path, cell, monkeypatch):
    store = Store(tmp_path)
    run(cell, store, progress=False)

    def fail(*arguments, **options):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("rlnotes.simulation.cell_folder.checksum", fail)
    assert leftovers(store, None) == {}
    monkeypatch.undo()
    assert store.find(cell.name, cell.settings)
