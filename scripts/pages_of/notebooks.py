"""How the tutorials are executed."""

import atexit
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.application import Sphinx

from pages_of.page import FOLDERS, ROOT

WARNINGS = "error,ignore::PendingDeprecationWarning"
"""a warning in a cell is an error, and an error ends the build; ipykernel has pending deprecations of its own"""
QUIET = "c.IPKernelApp.log_level = 'ERROR'\nc.HistoryManager.enabled = False\n"


def prepare() -> None:
    """Let kernels take warnings for errors, and use no settings of the user's IPython."""
    folder = TemporaryDirectory(prefix="rlnotes-ipython-")
    atexit.register(folder.cleanup)
    settings = Path(folder.name) / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir()
    settings.write_text(QUIET, encoding="utf-8")
    os.environ.update(IPYTHONDIR=folder.name, PYTHONWARNINGS=WARNINGS)


def depend_on_code(app: Sphinx, name: str, content: list[str]) -> None:
    """Let Sphinx execute a tutorial again when a file of the code has changed."""
    if name.startswith("tutorials/"):
        for folder in FOLDERS[:3]:
            for file in (ROOT / folder).rglob("*.py"):
                app.env.note_dependency(file)
