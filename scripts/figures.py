"""Figures, each one command: those of the README lie beside this script, all others are written to results/figures.

    python scripts/figures.py NAME     prints what there is where no name is given

Those of Sutton & Barto, Reinforcement Learning (2nd ed.), are in their own axes. Those of networks need the
extra `deep`.
"""

import sys
from importlib.util import find_spec

import bandits  # noqa: F401  its figures are offered as it is imported
import sutton_barto  # noqa: F401  likewise
from drawing import FIGURES, HERE, THERE, figure, picture

from rlnotes import compare
from rlnotes.envs import Chain, RiverSwim

if find_spec("torch"):
    import deep  # noqa: F401  likewise
    import networks  # noqa: F401

EXPLORERS = ["q_learning", "ucb_q", "ucbvi", "psrl", "r_max"]


@figure
def readme() -> None:
    """what `scripts/run agent=ucb` draws and prints, for the README"""
    picture(compare("ucb"), HERE / "readme.png", dpi=90)


@figure
def planning() -> None:
    """what `scripts/run agent=value_iteration,policy_iteration env=gridworld` draws and prints, for the README"""
    picture(compare(["value_iteration", "policy_iteration"], "gridworld"), HERE / "planning.png")


@figure
def learning() -> None:
    """what `scripts/run agent=q_learning,sarsa env=cliff_walking episodes=500 plot.window=10` draws, for the README"""
    picture(compare(["q_learning", "sarsa"], "cliff_walking", episodes=500), HERE / "learning.png", window=10)


@figure
def exploration() -> None:
    """regret of exploration on RiverSwim, for the README: episode_regret.png of the command that it gives"""
    comparison = compare(EXPLORERS, RiverSwim(discount=1.0, time_limit=20), episodes=500, runs=100)
    picture(comparison, HERE / "exploration.png", "episode_regret")


@figure
def deep_chain() -> None:
    """regret of exploration on a chain of 20 states"""
    chain = Chain(states=20, slip=0.0, discount=1.0, time_limit=40)
    picture(compare(EXPLORERS, chain, episodes=1_000, runs=200), THERE / "deep_chain.png", "episode_regret")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in FIGURES:
        sys.exit("\n".join([__doc__ or "", *(f"{name:17}{drawn.__doc__}" for name, drawn in FIGURES.items())]))
    FIGURES[sys.argv[1]]()
