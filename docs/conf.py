"""The settings of Sphinx for `scripts/docs`. Pages that are made from the code are written to docs/generated first."""

from pages_of import notebooks, site
from sphinx.application import Sphinx

import rlnotes

project, author, release = "rlnotes", "rlnotes", rlnotes.__version__
html_title = "rlnotes"
extensions = ["myst_nb"]
exclude_patterns = ["_build"]
smartquotes = False  # the formulas and commands are meant as they stand
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # code with a `…`
nb_execution_raise_on_error = True
nb_execution_timeout = 120  # seconds of a cell
nb_execution_in_temp = True
nb_output_stderr = "remove"  # the bars of progress
nb_merge_streams = True
html_theme = "furo"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Write the pages that are made from the code, and let links to files of the project lead to pages."""
    site.write_all()
    notebooks.prepare()
    app.connect("source-read", site.resolve_links)
    app.connect("source-read", notebooks.depend_on_code)
