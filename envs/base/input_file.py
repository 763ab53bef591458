"""Files that a setting names: their size, and the cells of a text file."""

import csv
import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
"""separators in the order in which they are tried, since a number may contain a comma; otherwise spaces"""
TRUTH = {"true": 1.0, "false": 0.0}
"""words for the numbers 1 and 0, in capitals too"""


def size_of_file(name: str | Path) -> int:
    """Bytes of a file; raises `OSError` if it is missing or no file."""
    found = os.stat(name)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a file")
    return found.st_size


def lines_of(file: Path) -> list[tuple[int, str]]:
    """The lines of a text file with their numbers from 1, without empty lines and comments, which begin with #.

    The text is UTF-8, with or without a byte order mark. Raises `ValueError` if there is no line.
    """
    text = file.read_text(encoding="utf-8-sig").splitlines()
    body = [(i, line) for i, line in enumerate(text, 1) if line.strip() and not line.lstrip().startswith("#")]
    if not body:
        raise ValueError("it is empty")
    return body


def separator_of(lines: list[str]) -> str | None:
    """The character that separates the cells of all lines; None if spaces do."""
    return next((one for one in SEPARATORS if all(len(row) > 1 for row in cells_of(lines, one))), None)


def cells_of(lines: list[str], separator: str | None) -> list[list[str]]:
    """The cells of each line, without quotes and spaces around them."""
    if separator is None:
        return [[cell.strip("\"'") for cell in line.split()] for line in lines]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]


def is_number(cell: str) -> bool:
    """Whether a cell is a number, true or false."""
    with suppress(ValueError):
        number(cell)
        return True
    return False


def number(cell: str) -> float:
    """Read the number in a cell. Raises `ValueError` if the cell has no number."""
    return TRUTH[cell.lower()] if cell.lower() in TRUTH else float(cell)
