"""One page per section of the notes: for each note its formula, the code, the tests, and a command that shows it."""

import re
from textwrap import dedent

import notes as places

from pages_of import catalogue
from pages_of.page import ROOT, escaped, link, write
from rlnotes import catalog
from rlnotes.studies import STUDIES

LAYERS = {
    "3.1": "activation=logistic",
    "3.2": "activation=tanh",
    "3.3": "activation=relu",
    "3.4": "activation=leaky_relu:0.2",
    "3.5": "activation=softplus",
    "3.6": "activation=maxout",
    "4.2": "initialisation=xavier_uniform",
    "4.3": "initialisation=he_uniform",
    "5.1": "inputs=min_max",
    "5.2": "inputs=standardise",
    "5.3": "normalisation=batch",
    "5.4": "normalisation=layer",
    "7.1": "body=rnn",
    "7.2": "body=lstm",
    "7.3": "body=gru",
    "9.3": "body=attention",
    "9.4": "body=transformer",
}
"""settings of `python -m rlnotes.nn` with which it shows a note"""
NAMES = {place: (group, name) for group, names in catalog.CATALOGS.items() for name, place in names.items()}
"""the agents and environments by their places"""


def pages() -> None:
    """Write the page of every section, and the list of the sections."""
    begin, *sections = re.split(r"^## ", (ROOT / "NOTES.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    toctree = "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(section[0] for section in sections) + "\n```\n"
    write("notes/index", f"{begin}\n{toctree}")
    code, tests = places.code(), places.tests()
    for section in sections:
        title, *found = re.split(r"^- \*\*(\d\.\d+)\*\* ", section, flags=re.MULTILINE)
        parts = [f"# {title}"]
        for number, text in zip(found[::2], found[1::2], strict=True):
            parts += [
                f"(note-{number.replace('.', '-')})=\n## {number} {subject(text)}\n",
                dedent(f"  {text}").strip() + "\n",
                "Code:\n\n" + "".join(f"- {place_link(name)}\n" for name in code[number]),
                "Tests:\n\n" + "".join(f"- {place_link(name)}\n" for name in tests[number]),
                f"```sh\n{command(number, text, code[number], tests[number])}\n```\n",
            ]
        write(f"notes/{title[0]}", "\n".join(parts))


def subject(text: str) -> str:
    """The words with which a note begins, without its formula; empty if it begins with a formula."""
    words = re.match(r"((?!max|log)[A-Za-z][A-Za-z–-]+(?= |:|,|$|\() ?)+", text)
    return words[0].strip() if words else ""


def place_link(name: str) -> str:
    """A link to what is at a place such as agents/bandits/ucb.py::UCB."""
    file, _, inside = name.partition("::")
    return link(ROOT / file, f"`{inside}` in {escaped(file)}" if inside else escaped(file))


def command(number: str, text: str, code: list[str], tests: list[str]) -> str:
    """A command that shows a note: its layer, figure, study, first agent or environment, or else its first test."""
    if number in LAYERS:
        return f"python -m rlnotes.nn {LAYERS[number]}"
    if figures := re.search(r"\(figures? `(\w+)`", text):
        return f"python scripts/figures.py {figures[1]}"
    for study, place in STUDIES.items():
        if place.replace(".", "/").replace(":", ".py::") in code:
            return f"python -m rlnotes.studies {study}"
    for place in (f"rlnotes.{name.replace('.py::', ':').replace('/', '.')}" for name in code):
        if place in NAMES:
            return catalogue.command(*NAMES[place], place)
    return f"scripts/test {tests[0]}"
