"""Figures of the documentation, each one command; the pictures lie beside this script.

python scripts/figures.py readme
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from rlnotes import compare, plots

HERE = Path(__file__).parent


def readme() -> None:
    """What `scripts/run agent=ucb` draws and prints, for the README."""
    comparison = compare("ucb")
    figure = Figure(figsize=plots.SIZE, layout="constrained")
    plots.curves(figure, comparison, "regret")
    figure.savefig(HERE / "readme.png", dpi=90)
    print(comparison)


if __name__ == "__main__":
    figures = {"readme": readme}
    if len(sys.argv) != 2 or sys.argv[1] not in figures:
        sys.exit(f"usage: python scripts/figures.py {'|'.join(figures)}")
    figures[sys.argv[1]]()
