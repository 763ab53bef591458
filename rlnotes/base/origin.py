"""Where files of code come from: this project, the user, installed packages or the standard library."""

import site
import sysconfig
from functools import cache
from pathlib import Path
from typing import Literal

import rlnotes

Origin = Literal["project", "user", "installed", "standard"]

ROOT = Path(rlnotes.__path__[0])
PROJECT = {path.resolve() for path in (ROOT, ROOT / "agents", ROOT / "envs")}
STANDARD = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")}
INSTALLED = {Path(path).resolve() for path in (*site.getsitepackages(), site.getusersitepackages())}
INSTALLED |= {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "scripts")}
"""folders of this project, the standard library and installed packages"""


@cache
def origin_of_file(file: str) -> Origin:
    """Where a file comes from."""
    folders = set(Path(file).resolve().parents)
    if folders & PROJECT:
        return "project"
    if folders & INSTALLED or {"site-packages", "dist-packages"} & set(Path(file).parts):
        return "installed"
    return "standard" if folders & STANDARD else "user"
