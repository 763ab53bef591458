"""Figures of the documentation, each one command; the pictures lie beside this script.

python scripts/figures.py readme | planning | learning
"""

import sys
from pathlib import Path

from rlnotes import compare

HERE = Path(__file__).parent


def readme() -> None:
    """What `scripts/run agent=ucb` draws and prints, for the README."""
    comparison = compare("ucb")
    comparison.plot().savefig(HERE / "readme.png", dpi=90)
    print(comparison)


def planning() -> None:
    """What `scripts/run agent=value_iteration,policy_iteration env=gridworld` draws and prints, for the README."""
    comparison = compare(["value_iteration", "policy_iteration"], "gridworld")
    comparison.plot().savefig(HERE / "planning.png", dpi=80)
    print(comparison)


def learning() -> None:
    """What `scripts/run agent=q_learning,sarsa env=cliff_walking episodes=500 plot.window=10` draws, for the README."""
    comparison = compare(["q_learning", "sarsa"], "cliff_walking", episodes=500)
    comparison.plot(window=10).savefig(HERE / "learning.png", dpi=80)
    print(comparison)


if __name__ == "__main__":
    figures = {"readme": readme, "planning": planning, "learning": learning}
    if len(sys.argv) != 2 or sys.argv[1] not in figures:
        sys.exit(f"usage: python scripts/figures.py {'|'.join(figures)}")
    figures[sys.argv[1]]()
