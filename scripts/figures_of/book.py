"""The figures of Sutton & Barto's book for the site, with their sentences and the seconds they took."""

import json
from collections.abc import Callable
from time import perf_counter
from typing import Any, TypedDict

from PIL import Image

from figures_of.drawing import FIGURES, IMAGES, write
from rlnotes import book
from rlnotes.base.class_table import load_class
from rlnotes.cli.help import first_line

FOLDER = IMAGES / "book"
FOUND = FOLDER / "found.json"
"""what every figure found, by name"""


class Found(TypedDict):
    """What a figure found."""

    sentence: str
    seconds: float
    """of the computation alone, with the kernels compiled"""


def found() -> dict[str, Found]:
    """What every figure that was drawn found."""
    read: dict[str, Found] = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.exists() else {}
    return read


def draw(name: str) -> None:
    """Compute a figure, draw it for the site, and store what it found."""
    figure: Any = load_class(book.FIGURES[name])()
    begin = perf_counter()
    measured = figure.run()
    seconds = perf_counter() - begin
    file = FOLDER / f"{name}.png"
    write(figure.picture(measured), file, dpi=80)
    Image.open(file).quantize(256).save(file, optimize=True)  # half the size
    now = found() | {name: Found(sentence=figure.conclude(measured), seconds=round(seconds, 1))}
    ordered = {known: now[known] for known in book.FIGURES if known in now}
    FOUND.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{now[name]['sentence']} ({seconds:.1f} s)", flush=True)


def draws(name: str, place: str) -> Callable[[], None]:
    """A function that draws a figure."""

    def function() -> None:
        draw(name)

    function.__doc__ = f"the book, for the documentation: {first_line(place)}"
    return function


def every_figure() -> None:
    """all figures of the book, for the documentation, one at a time"""
    for name in book.FIGURES:
        draw(name)


FIGURES |= {name: draws(name, place) for name, place in book.FIGURES.items()} | {"book": every_figure}
