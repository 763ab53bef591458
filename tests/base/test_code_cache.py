"""What was read in a file is kept for the next process, and never used for another content."""

import os
from pathlib import Path

import pytest

from rlnotes.base.code_cache import cached


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "code.py")


def made(file, content, value):
    """What is found in a file with this content, and whether it had to be made."""
    calls = []
    found = cached(file, "it", (content,), lambda: (calls.append(1), value)[1:])
    return found, bool(calls)


def test_it_is_made_once_for_each_content(file):
    assert made(file, b"a", {"x": frozenset("abc")}) == (({"x": frozenset("abc")},), True)
    assert made(file, b"a", "another") == (({"x": frozenset("abc")},), False)
    assert made(file, b"b", "another") == (("another",), True)
    assert made(file, b"a", 3) == ((3,), True)


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: bytes(len(content)), lambda _: b""])
def test_a_damaged_file_is_made_again(damage, file):
    made(file, b"a", 1)
    [place] = Path(file).parent.glob("__pycache__/*")
    place.write_bytes(damage(place.read_bytes()))
    assert made(file, b"a", 2) == ((2,), True)
    assert made(file, b"a", 3) == ((2,), False)


def test_without_a_folder_to_write_to_it_is_made_every_time(file):
    (Path(file).parent / "__pycache__").touch()
    assert made(file, b"a", 1) == ((1,), True)
    assert made(file, b"a", 2) == ((2,), True)
    assert os.listdir(Path(file).parent) == ["__pycache__"]
