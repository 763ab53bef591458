"""The command line of a room of experiments: run one and draw what it found, run all, or list them."""

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from rlnotes.base.class_table import Catalog, load_class
from rlnotes.base.errors import SettingError, install_hint
from rlnotes.base.typed_settings import typed_settings
from rlnotes.cli.help import docstring, first_line, print_section, settings
from rlnotes.experiments.experiment import Experiment
from rlnotes.simulation.unfinished import unfinished

ALL = "all"
"""the word that runs every experiment"""


class Room(NamedTuple):
    """Experiments by name, and the words in which their command line speaks of them."""

    name: str
    """as in `python -m rlnotes.NAME`"""
    catalog: Catalog
    one: str
    """an experiment in one word"""
    many: str
    purpose: str
    """what the command does"""
    extra: str
    """the extra that its packages belong to"""

    @property
    def folder(self) -> Path:
        """The folder of the pictures and the data, unless `results` says another."""
        return Path("results") / self.name

    def main(self) -> None:
        """Run the command line; exit with one line and status 1 for a mistake."""
        name, *words = [word for word in sys.argv[1:] if word not in ("-h", "--help")] or [""]
        helps = not name or len(sys.argv) > len(words) + 2
        try:
            if name and name not in (*self.catalog, ALL):
                raise SettingError.choice(self.one, name, [*self.catalog, ALL])
            if helps:
                self.print_help("" if name == ALL else name)
            elif name == ALL:
                self.run_all(words)
            else:
                self.run(name, words)
        except ModuleNotFoundError as error:
            sys.exit(f"rlnotes.{self.name} needs {error.name}: {install_hint(self.extra)}")
        except SettingError as error:
            sys.exit(f"rlnotes.{self.name}: {error}")

    def print_help(self, name: str = "") -> None:
        """Print the experiments, or the docstring and the settings of one."""
        console = Console(highlight=False, markup=False)
        if not name:
            console.print(f"`python -m rlnotes.{self.name} NAME [setting=value ...]`: {self.purpose}\n")
            listed = ((name, first_line(path)) for name, path in self.catalog.items())
            print_section(console, f"{self.many.capitalize()}:", listed)
            console.print(f"NAME --help shows the settings of one. {ALL} runs every one.")
            return
        console.print(f"{name}\n\n{docstring(self.catalog[name])}\n")
        rows = [(one.name, f"{one.meaning} (default {one.default})") for one in settings(self.catalog[name])]
        results = ("results", f"folder of the picture and the data (default {self.folder})")
        print_section(console, "Settings:", [*rows, results])

    def run_all(self, words: list[str]) -> None:
        """Run every experiment with its own settings; the words may only say where the results go."""
        if wrong := [word for word in words if not word.startswith("results=")]:
            setting, _, value = wrong[0].partition("=")
            raise SettingError(setting, value, f"is a setting of one {self.one}; {ALL} has only results=FOLDER")
        for name in self.catalog:
            print(f"{name}:", flush=True)
            self.run(name, words)

    def run(self, name: str, words: list[str]) -> None:
        """Run an experiment; write its picture and its data, and print its sentence.

        Raises `SettingError` if a setting is wrong, or the folder cannot be written.
        """
        chosen = dict(word.split("=", 1) for word in words if word.startswith("results="))
        cls: Any = load_class(self.catalog[name])
        own = [word for word in words if not word.startswith("results=")]
        experiment: Experiment = typed_settings(cls, own, f"{self.one} {name}")
        folder = Path(chosen.get("results", self.folder))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with unfinished(folder) as new:
                found = experiment.run()
                experiment.picture(found).savefig(new / f"{name}.png", dpi=120)
                np.savez(new / f"{name}.npz", **found)  # type: ignore[arg-type]
                for file in sorted(new.iterdir()):
                    os.replace(file, folder / file.name)
        except OSError as error:
            raise SettingError("results", folder, f"must be a folder that can be written ({error.strerror})") from None
        print(experiment.conclude(found), folder / f"{name}.png", sep="\n")
