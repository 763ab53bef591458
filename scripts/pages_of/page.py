"""Markdown for pages: where they are, links to the code, text that has to stay as it is."""

import re
from pathlib import Path

from rlnotes.base.docstrings import blocks, ends_early, is_formula

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "generated"
"""the folder of all pages that are made from the code; git ignores it"""
FOLDERS = ("agents", "envs", "rlnotes", "scripts", "tests")
"""folders of the code; every file in them has a page"""
BESIDE = {
    "README.md": "index",
    "NOTES.md": "generated/notes/index",
    "CHANGELOG.md": "generated/changelog",
    "CONTRIBUTING.md": "generated/contributing",
}
"""files outside docs, and their pages"""

written: set[Path] = set()
"""the pages of this build"""


def write(name: str, text: str) -> None:
    """Write a page of docs/generated, unless it is there and the same: Sphinx then reads it again."""
    path = PAGES / f"{name}.md"
    written.add(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def page_of(path: Path) -> str | None:
    """The page of a file or folder of the project, as a link of Markdown; None if it has none."""
    if not path.is_relative_to(ROOT):
        return None
    place = path.relative_to(ROOT)
    if str(place) in BESIDE:
        return f"/{BESIDE[str(place)]}.md"
    if place.parts and place.parts[0] in FOLDERS and (path.suffix == ".py" or path.is_dir()):
        return f"/generated/source/{place}{'/index' if path.is_dir() else ''}.md"
    return f"/{path.relative_to(ROOT / 'docs')}" if path.is_relative_to(ROOT / "docs") else None


def with_links(text: str, folder: Path) -> str:
    """The text of a file in a folder, in which links to files of the project lead to their pages."""

    def resolved(found: re.Match[str]) -> str:
        page = page_of((folder / found[2]).resolve()) if not found[2].startswith("/") else None
        return f"{found[1]}({page or found[2]}{found[3]})"

    return re.sub(r"(?<!!)(\[[^]]+\])\(([^)#:]+)((?:#[^)]*)?)\)", resolved, text)


def link(path: Path, text: str | None = None) -> str:
    """A link to the page of a file of the code."""
    return f"[{text or f'`{path.relative_to(ROOT)}`'}]({page_of(path)})"


def escaped(text: str) -> str:
    """Text whose signs mean nothing in Markdown, except code and emphasis; notes become links to them."""
    parts = re.split(r"(`[^`]*`|(?<!\w)\*\w[\w ]+\w\*)", text)
    parts[::2] = [re.sub(r"([\\*_<>\[\]|$~#])", r"\\\1", part) for part in parts[::2]]
    return re.sub(r"\\\[notes (.*?)\\\]", lambda found: f"[notes {note_links(found[1])}]", "".join(parts))


def note_links(text: str) -> str:
    """The numbers of notes in a text, as links."""
    return re.sub(r"(?<![\d.])([1-9])\.(\d+)", r"[\1.\2](#note-\1-\2)", text)


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell or ' ' for cell in line)} |\n" for line in lines)


def prose(docstring: str) -> str:
    """A docstring as Markdown: formulas keep their lines and spaces, text keeps the lines that end early."""
    return "\n\n".join(
        f"```{{code-block}} text\n:class: formula\n{block}\n```" if is_formula(block) else paragraph(block)
        for block in blocks(docstring)
    )


def paragraph(block: str) -> str:
    """A paragraph of text."""
    ends = ["\\\n" if early else "\n" for early in ends_early(block)]
    return "".join(map("".join, zip(escaped(block).split("\n"), [*ends, ""], strict=True)))
