"""Draw one figure. The figures of the documentation are written to docs/images, all others to results/figures.

    python scripts/figures.py NAME     without a name: list the figures

`book` draws every figure of Sutton & Barto for the site; `python -m rlnotes.book` computes them with other settings.
Figures of networks need the extra `studies`.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

from figures_of.drawing import FIGURES

SUBJECTS = ["comparisons", "bandits", "book"]
if find_spec("torch"):
    SUBJECTS += ["networks", "deep_agents", "agents", "studies"]
"""modules of `figures_of`; a module adds its figures to `FIGURES` when it is imported"""

if __name__ == "__main__":
    for subject in SUBJECTS:
        import_module(f"figures_of.{subject}")
    if len(sys.argv) != 2 or sys.argv[1] not in FIGURES:
        sys.exit("\n".join([__doc__ or "", *(f"{name:26}{drawn.__doc__}" for name, drawn in FIGURES.items())]))
    FIGURES[sys.argv[1]]()
