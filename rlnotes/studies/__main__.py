"""`python -m rlnotes.studies NAME [setting=value ...]`: run a study of the notes' layers and draw what it found."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from rlnotes.base.class_table import load_class
from rlnotes.base.errors import SettingError, install_hint
from rlnotes.base.typed_settings import typed_settings
from rlnotes.cli.help import docstring, first_line, print_section, settings
from rlnotes.simulation.unfinished import unfinished
from rlnotes.studies import STUDIES

FOLDER = "results/studies"


def print_help(name: str = "") -> None:
    """Print the studies, or the docstring and the settings of one."""
    console = Console(highlight=False, markup=False)
    if not name:
        console.print(f"{__doc__}\n")
        print_section(console, "Studies:", ((name, first_line(path)) for name, path in STUDIES.items()))
        console.print("NAME --help shows the settings of one.")
        return
    console.print(f"{name}\n\n{docstring(STUDIES[name])}\n")
    rows = [(one.name, f"{one.meaning} (default {one.default})") for one in settings(STUDIES[name])]
    print_section(console, "Settings:", [*rows, ("results", f"folder of the picture and the data (default {FOLDER})")])


def run(name: str, words: list[str]) -> None:
    """Run a study; write its picture and its data, and print its sentence.

    Raises `SettingError` if a setting is wrong, or the folder cannot be written.
    """
    chosen = dict(word.split("=", 1) for word in words if word.startswith("results="))
    cls: Any = load_class(STUDIES[name])
    study = typed_settings(cls, [word for word in words if not word.startswith("results=")], f"study {name}")
    folder = Path(chosen.get("results", FOLDER))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished(folder) as new:
            found = study.run()
            study.picture(found).savefig(new / f"{name}.png", dpi=120)
            np.savez(new / f"{name}.npz", **found)
            for file in sorted(new.iterdir()):
                os.replace(file, folder / file.name)
    except OSError as error:
        raise SettingError("results", folder, f"must be a folder that can be written ({error.strerror})") from None
    print(study.conclude(found), folder / f"{name}.png", sep="\n")


def main() -> None:
    """Run the command line; exit with one line and status 1 for a mistake."""
    name, *words = [word for word in sys.argv[1:] if word not in ("-h", "--help")] or [""]
    try:
        if name and name not in STUDIES:
            raise SettingError.choice("study", name, STUDIES)
        if not name or len(sys.argv) > len(words) + 2:
            print_help(name)
        else:
            run(name, words)
    except ModuleNotFoundError as error:
        sys.exit(f"rlnotes.studies needs {error.name}: {install_hint('studies')}")
    except SettingError as error:
        sys.exit(f"rlnotes.studies: {error}")


if __name__ == "__main__":
    main()
