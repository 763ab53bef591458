"""All pages that are made from the code, and the links of the pages that are not."""

from pathlib import Path

from sphinx.application import Sphinx

from pages_of import book, catalogue, notes, results, source
from pages_of.page import BESIDE, PAGES, ROOT, with_links, write, written


def write_all() -> None:
    """Write every page, and remove those of earlier builds."""
    for subject in (source, catalogue, notes, results, book):
        subject.pages()
    for file, page in BESIDE.items():
        if file in ("CHANGELOG.md", "CONTRIBUTING.md"):
            write(Path(page).name, with_links((ROOT / file).read_text(encoding="utf-8"), ROOT))
    for path in set(PAGES.rglob("*.md")) - written:
        path.unlink()


def resolve_links(app: Sphinx, name: str, content: list[str]) -> None:
    """Let the links of a page to files of the project lead to their pages."""
    if not name.startswith("generated/"):
        content[0] = with_links(content[0], (Path(app.srcdir) / name).parent)
