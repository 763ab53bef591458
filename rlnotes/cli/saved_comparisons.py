"""The commands `list` and `show`: comparisons of a results folder again, without computing."""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from shutil import get_terminal_size

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from rlnotes import catalog
from rlnotes.base.errors import SettingError, suggestion
from rlnotes.cli.hydra_app import plot_of
from rlnotes.cli.hydra_errors import wrong_value
from rlnotes.comparison import FILE, REPORT, Comparison, SavedComparison
from rlnotes.settings import Plot, Settings
from rlnotes.simulation.fingerprint import other_code
from rlnotes.simulation.unfinished import unfinished


def list_comparisons(results: str = "results") -> None:
    """Print a table of the comparisons in a results folder, the newest last."""
    table = Table(box=SIMPLE_HEAD, leading=1, pad_edge=False, expand=True)
    table.add_column("folder", overflow="fold", max_width=len("YYYY-MM-DD-HHMMSS"))
    table.add_column("comparison", overflow="fold", ratio=3)
    table.add_column("best", overflow="fold", ratio=2)
    found = comparisons(Path(results))
    for folder, saved in sorted(found, key=lambda pair: datetime.fromisoformat(pair[1].date)):
        table.add_row(beginning_of(folder.name), described(saved), "\n".join(best(saved)))
    unreadable = [path.parent for path in Path(results).glob(f"*/{FILE}") if path.parent not in dict(found)]
    if not found and not unreadable:
        raise SettingError("results", results, "holds no comparisons")
    console = Console(markup=False, highlight=False, width=get_terminal_size((120, 24)).columns)
    console.print(table)
    for folder in unreadable:
        console.print(f"{folder} holds a comparison of another version")


def comparisons(results: Path) -> list[tuple[Path, SavedComparison]]:
    """The folders with comparisons that this version can read, and their content."""
    found = []
    for file in sorted(results.glob(f"*/{FILE}")):
        with suppress(ValueError):
            found.append((file.parent, SavedComparison.read(file.parent)))
    return found


def beginning_of(folder: str) -> str:
    """The date and time in the name of a folder, by which `show` finds it; the whole name if it has none."""
    date = re.match(r"\d{4}-\d\d-\d\d-\d{6}", folder)
    return date[0] if date else folder


def described(saved: SavedComparison) -> str:
    """Agents, environments, and the command, shortened."""
    names = [", ".join(dict.fromkeys(str(row[group]) for row in saved.rows)) for group in catalog.CATALOGS]
    words = shlex.join(shlex.split(saved.command)[3:]) if saved.command else "from Python"
    return "\n".join(shortened(line) for line in [*names, words])


def best(saved: SavedComparison) -> Iterator[str]:
    """For each metric the labels of the best rows, or of the only row; rows of several environments have no best."""
    for metric in dict.fromkeys(row["metric"] for row in saved.rows):
        rows = [row for row in saved.rows if row["metric"] == metric]
        if labels := [row["label"] for row in rows if row["best"] or len(rows) == 1]:
            yield shortened(f"{metric}: {'; '.join(labels)}")


def shortened(text: str, width: int = 70) -> str:
    """A text of at most `width` characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def show(folder: str, *words: str) -> None:
    """Print a stored comparison, and draw it again if settings of its figures are given. Computes nothing.

    With --format it prints the table alone, in a format for papers and pages.
    """
    path, (form, plot) = folder_of(folder), with_format(words)
    try:
        saved = SavedComparison.read(path)
        settings = plot_settings(saved, plot)
        comparison = saved.load(path)
    except ValueError as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError("show", folder, str(error)) from None
    if form is not None:
        print(comparison.formatted(form), end="")
        return
    for line in [*([saved.command] if saved.command else []), *changes(comparison)]:
        print(line)
    print(comparison.text(width=get_terminal_size((120, 24)).columns))
    if plot:
        redraw(path, saved, comparison, settings)


def with_format(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The format that words name, as --format csv or --format=csv, and the other words."""
    for i, word in enumerate(words):
        key, equals, value = word.partition("=")
        if key.lstrip("-") == "format":
            [name, *others] = [value, *words[i + 1 :]] if equals else [*words[i + 1 :], ""]
            return name, (*words[:i], *filter(None, others))
    return None, words


def folder_of(words: str, command: str = "show", kind: str = "the folder of a comparison") -> Path:
    """The folder of a comparison: a path, or the beginning of the name of one in results/.

    Raises `SettingError` if no folder fits. The error says what `kind` of folder the `command` takes.
    """
    if (Path(words) / FILE).is_file():
        return Path(words)
    known = [file.parent for file in sorted(Path("results").glob(f"*/{FILE}"))]
    found = [folder for folder in known if words and folder.name.startswith(words)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingError(command, words, f"begins several names: {', '.join(folder.name for folder in found)}")
    close = suggestion(words, [folder.name for folder in known])
    raise SettingError(command, words, f"must be {kind}{close}; `list` lists comparisons")


def plot_settings(saved: SavedComparison, words: tuple[str, ...]) -> Plot:
    """The settings of the figures: those of the saved comparison, changed by words. Raises `SettingError`."""
    for word in words:
        key, equals, value = word.partition("=")
        if not (key.startswith("plot.") and equals):
            known = [f"plot.{field.name}" for field in fields(Plot)]
            requirement = f"must be a setting of the figures{suggestion(key, known)}: {', '.join(known)}"
            raise SettingError(key, value, requirement)
    try:
        config = OmegaConf.structured(Settings)
        config.merge_with({"plot": saved.plot}, OmegaConf.from_dotlist([*words]))
        return plot_of(config)
    except OmegaConfBaseException as error:
        raise wrong_value(error) from None


def changes(comparison: Comparison) -> Iterator[str]:
    """A line if the code or the packages of the cells are not what they are now."""
    found = dict[str, None]()
    for row in comparison.rows:
        settings = row.result.settings
        for group in catalog.CATALOGS:
            if ":" in (place := settings[group].get("class", settings[group]["name"])):
                with suppress(SettingError):  # it is gone; then its module is among the changed ones
                    catalog.find(group, place)
        found |= dict.fromkeys(other_code(settings["code"], settings["packages"]))
    if found:
        yield f"made by other code: {shortened(', '.join(found), 200)}"


def redraw(folder: Path, saved: SavedComparison, comparison: Comparison, plot: Plot) -> None:
    """Draw the figures and the report of a saved comparison again, and note their settings in comparison.json.

    Each file is replaced as a whole.
    """
    saved.plot = vars(plot)
    with unfinished(folder.parent) as new:
        comparison.draw(new, plot)
        comparison.report(new, saved)
        saved.write(new)
        names = sorted(file.name for file in new.iterdir())
        for name in names:
            os.replace(new / name, folder / name)
        if REPORT not in names:  # it could not be written, and the old one has other settings
            (folder / REPORT).unlink(missing_ok=True)
    print(f"{', '.join(names)} in {folder}")
