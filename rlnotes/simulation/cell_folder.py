"""The folder of a cell: its files, which never run code, and the checksums of all of them."""

import hashlib
import json
from pathlib import Path
from typing import cast
from zipfile import BadZipFile

import numpy as np
import yaml

from rlnotes.base.record import Record
from rlnotes.simulation.result import Result

Loader, Dumper = (yaml.CSafeLoader, yaml.CSafeDumper) if yaml.__with_libyaml__ else (yaml.SafeLoader, yaml.SafeDumper)
"""the same text, several times faster where PyYAML has its compiled part"""
FILES = ("config.yaml", "data.npz", "summary.json")
"""the files of a cell"""
CHECKSUMS = "SHA256SUMS"
"""the file with the digests of the other files of a cell, which `sha256sum --check` can read too"""


def load(folder: str | Path) -> Result:
    """The result in a cell's folder. Never loads a pickle.

    Raises `ValueError` if the folder holds no whole result.
    """
    folder = Path(folder)
    try:
        checksums = (folder / CHECKSUMS).read_text(encoding="utf-8").split("\n")
        for name in FILES:
            if checksum(folder / name) not in checksums:
                raise ValueError(f"{name} is damaged")
        settings = yaml.load((folder / "config.yaml").read_text(encoding="utf-8"), Loader)
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        with np.load(folder / "data.npz", allow_pickle=False) as arrays:
            return Result(settings, cast(Record, dict(arrays)), summary["seconds"], summary.get("clock", []))
    except FileNotFoundError as error:
        raise ValueError(f"{folder} holds no whole result ({Path(error.filename).name} is missing)") from error
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{folder} holds no whole result ({reason})") from error


def failure(folder: Path) -> ValueError | None:
    """The error of `load`; None if the folder holds a whole result."""
    try:
        load(folder)
    except ValueError as error:
        return error
    return None


def is_damaged(folder: Path) -> bool:
    """Whether a folder holds no whole result; false if it cannot be read now."""
    error = failure(folder)
    missing = isinstance(error and error.__cause__, FileNotFoundError | NotADirectoryError)
    return error is not None and (missing or not isinstance(error.__cause__, OSError))


def checksum(file: Path) -> str:
    """The line about a file in `CHECKSUMS`."""
    with file.open("rb") as opened:
        return f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {file.name}"


def save(folder: Path, result: Result) -> None:
    """Write the files of a cell into an empty folder."""
    np.savez(folder / "data.npz", allow_pickle=False, **cast(dict[str, np.ndarray], result.data))
    (folder / "config.yaml").write_text(yaml.dump(result.settings, Dumper=Dumper, sort_keys=False), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(result.summary, indent=2) + "\n", encoding="utf-8")
    checksums = "".join(f"{checksum(folder / name)}\n" for name in FILES)
    (folder / CHECKSUMS).write_text(checksums, encoding="utf-8")
