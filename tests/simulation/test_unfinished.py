"""Folders that appear whole or not at all, and locks between processes."""

import os
import subprocess
import sys
from threading import Timer

import pytest
from filelock import FileLock, Timeout

from rlnotes.simulation.unfinished import locked, remove_abandoned, unfinished

HOLDS = """
import pathlib, sys
from rlnotes.simulation.unfinished import locked, unfinished
with {held}:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds an unfinished folder, or a lock: a function of the expression for it."""
    processes = []

    def start(held):
        line = [sys.executable, "-c", HOLDS.format(held=held)]
        process = subprocess.Popen(line, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        processes.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def test_an_unfinished_folder_is_removed_at_the_end_and_what_is_moved_out_stays(tmp_path):
    with unfinished(tmp_path) as folder:
        (folder / "text").write_text("whole")
        (folder / "more").write_text("left")
        (folder / "text").rename(tmp_path / "text")
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_only_the_folders_of_processes_that_have_ended_are_removed(tmp_path, holder):
    process = holder("unfinished(pathlib.Path())")
    [outer] = tmp_path.iterdir()
    os.utime(outer, (0, 0))  # however old it is
    assert remove_abandoned(tmp_path) == []
    assert list(tmp_path.iterdir()) == [outer]
    process.kill()
    process.wait()
    assert remove_abandoned(tmp_path) == [outer]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_waits_for_its_holder_and_ends_with_it(tmp_path, holder):
    file = tmp_path / "lock"
    process = holder("locked(pathlib.Path('lock'))")
    with pytest.raises(Timeout), locked(file):
        pass
    process.kill()
    process.wait()
    assert file.exists()
    with locked(file):
        pass
    assert not file.exists()
    process = holder("locked(pathlib.Path('lock'))")
    Timer(0.5, process.stdin.close).start()
    with pytest.warns(UserWarning, match="it waits"), locked(file, "it waits"):
        process.wait()
    assert not file.exists()


@pytest.mark.parametrize("error", [NotImplementedError(), OSError(38, "Function not implemented"), PermissionError()])
def test_without_locks_work_goes_on_and_no_folder_is_removed(tmp_path, monkeypatch, error):
    def fail(*arguments, **options):
        raise error

    (tmp_path / ".unfinished-other").mkdir()
    monkeypatch.setattr(FileLock, "acquire", fail)
    with locked(tmp_path / "lock"), unfinished(tmp_path) as folder:
        (folder / "text").touch()
    assert remove_abandoned(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == [".unfinished-other"]
