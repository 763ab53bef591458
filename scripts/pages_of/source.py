"""One page per file of the code, and one per folder."""

import ast
from pathlib import Path

from pages_of.page import FOLDERS, ROOT, link, write

HIDDEN = "---\norphan: true\nnosearch: true\n---\n\n"
"""the code is not part of the search, and reached by links"""


def pages() -> None:
    """Write the pages of the code."""
    for folder in FOLDERS:
        folder_page(ROOT / folder)


def folder_page(folder: Path) -> None:
    """Write the page of a folder and of everything in it. Links to other folders are left out."""
    inside = [path for path in sorted(folder.iterdir()) if not path.is_symlink() and path.name != "__pycache__"]
    lines = []
    for path in inside:
        if path.is_dir() and any(path.rglob("*.py")):
            folder_page(path)
            lines.append(f"- {link(path, f'`{path.name}/`')} {first_line(path / '__init__.py')}")
        elif path.suffix == ".py":
            file_page(path)
            lines.append(f"- {link(path, f'`{path.name}`')} {first_line(path)}")
    place = folder.relative_to(ROOT)
    write(f"source/{place}/index", f"{HIDDEN}# {place}/\n\n" + "\n".join(lines) + "\n")


def file_page(path: Path) -> None:
    """Write the page of a file."""
    place = path.relative_to(ROOT)
    text = path.read_text(encoding="utf-8") or "# this file is empty\n"
    around = "in " + link(path.parent, f"`{place.parent}/`")
    write(f"source/{place}", f"{HIDDEN}# {path.name}\n\n{around}\n\n`````python\n{text}`````\n")


def first_line(path: Path) -> str:
    """The first line of the docstring of a file, as code since it may have any signs."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    line = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].replace("`", "'")
    return f"` {line} `" if line else ""
