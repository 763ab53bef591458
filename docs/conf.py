"""The settings of Sphinx for `scripts/docs`. Pages that are made from the code are written to docs/generated first."""

from pages_of import site
from sphinx.application import Sphinx

import rlnotes

project, author, release = "rlnotes", "rlnotes", rlnotes.__version__
html_title = "rlnotes"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
smartquotes = False  # the formulas and commands are meant as they stand
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # code with a `…`
html_theme = "furo"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Write the pages that are made from the code, and let links to files of the project lead to pages."""
    site.write_all()
    app.connect("source-read", site.resolve_links)
