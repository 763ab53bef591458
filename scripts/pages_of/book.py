"""One page per chapter of Sutton & Barto's book, with all figures, and a list of them."""

from importlib import import_module
from itertools import groupby

from figures_of.book import FOLDER, found

from pages_of.page import ROOT, escaped, link, prose, table, write
from rlnotes import book
from rlnotes.base.class_table import load_class
from rlnotes.book.base.book_figure import BookFigure
from rlnotes.cli import help

BEGIN = """# Figures of Sutton & Barto

These are the numbered figures with data of Sutton & Barto, *Reinforcement Learning: An Introduction* (2nd ed., 2018),
chapters 2 to 13, and some examples. `python -m rlnotes.book NAME` computes one, writes its picture and its data to
`results/book`, and says in one sentence what it found. `python -m rlnotes.book all` computes every one, and
`NAME --help` shows the settings of one, such as `runs`.

They use the agents and environments of this project. Some have fewer runs than the book, so their curves are noisier.
"""


def pages() -> None:
    """Write the page of every chapter, and the list of all figures."""
    measured, rows, chapters = found(), [], []
    for module, places in groupby(book.FIGURES.items(), lambda item: item[1].rpartition(".")[0]):
        chapter = module.rpartition(".")[2]
        chapters.append(chapter)
        parts = [f"# {(import_module(module).__doc__ or '').strip().rstrip('.')}\n"]
        for name, place in places:
            if name not in measured or not (FOLDER / f"{name}.png").exists():
                raise ValueError(f"{name} has no picture, so it can have no page: python scripts/figures.py {name}")
            seconds = f"{measured[name]['seconds']:.1f}"
            parts.append(section(name, place, measured[name]["sentence"], seconds))
            number, what = title(place).split(": ", 1)
            rows.append([f"[{number}]({chapter}.md#{name.replace('_', '-')})", escaped(what), f"`{name}`", seconds])
        write(f"book/{chapter}", "\n".join(parts))
    total = sum(measured[name]["seconds"] for name in book.FIGURES) / 60
    end = f"\nAll together take {total:.0f} minutes on a machine with two cores, one figure at a time.\n"
    toctree = "\n```{toctree}\n:hidden:\n\n" + "\n".join(chapters) + "\n```\n"
    write("book/index", BEGIN + "\n" + table(["figure", "what it shows", "name", "seconds"], rows) + end + toctree)


def title(place: str) -> str:
    """The title of a figure."""
    figure: type[BookFigure] = load_class(place)  # type: ignore[assignment]
    return figure.title()


def section(name: str, place: str, sentence: str, seconds: str) -> str:
    """The part of a page about a figure: its picture, what it found, and what it teaches."""
    teaches = help.docstring(place).partition("\n\n")[2]
    source = ROOT / (place.partition(":")[0].replace(".", "/") + ".py")
    return "\n".join(
        [
            f"({name.replace('_', '-')})=\n## {escaped(title(place))}\n",
            f"![{escaped(title(place))}](../../images/book/{name}.png)\n",
            f"{escaped(sentence)}\n",
            f"{prose(teaches)}\n",
            f"```sh\npython -m rlnotes.book {name}\n```\n",
            f"{seconds} seconds; {link(source)}\n",
        ]
    )
