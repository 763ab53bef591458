"""How to cite this package."""

from importlib.resources import files

import yaml


def bibtex() -> str:
    """CITATION.cff, which the folder has as a link, as an entry of BibTeX."""
    cited = yaml.safe_load((files("rlnotes.report") / "CITATION.cff").read_text(encoding="utf-8"))
    fields = {
        "title": cited["title"],
        "author": " and ".join(f"{{{author['name']}}}" for author in cited["authors"]),
        "version": cited["version"],
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@software{{rlnotes,\n{lines}}}\n"
