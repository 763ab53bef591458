"""Blackjack: the policy that sticks on 20, and surfaces and maps over the states."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlnotes.envs import Blackjack
from rlnotes.envs.mdps.blackjack import FIRST, GOAL, HIT, STICK

SUMS, CARDS = np.arange(FIRST, GOAL + 1), np.arange(1, 11)
"""the player's sums and the dealer's open cards"""
ACES = ("usable ace", "no usable ace")


def stick_on_20() -> np.ndarray:
    """The policy [states] that sticks on 20 and 21."""
    names = Blackjack().model.called.states
    return np.array([STICK if total >= 20 else HIT for (total, _), _ in names])


def by_hand(of_states: np.ndarray) -> np.ndarray:
    """Numbers of the states [usable ace or not, sum, card]; a natural is left out."""
    return of_states[: 2 * len(SUMS) * len(CARDS)].reshape(2, len(SUMS), len(CARDS))


def surface(figure: Figure, place: tuple[int, int, int], value: np.ndarray, title: str) -> None:
    """Draw a value [sum, card] as a surface from −1 to 1."""
    axes = figure.add_subplot(*place, projection="3d")
    card, total = np.meshgrid(CARDS, SUMS)
    axes.plot_wireframe(card, total, value, linewidth=0.7)
    axes.set(title=title, xlabel="dealer shows", ylabel="player's sum", zlim=(-1, 1))
    axes.set(xticks=[1, 4, 7, 10], yticks=[12, 15, 18, 21], zticks=[-1, 0, 1])
    axes.set_title(title, fontsize="medium")


def policy_map(axes: Axes, hits: np.ndarray, title: str) -> None:
    """Draw where a policy hits [sum, card]."""
    axes.pcolormesh(CARDS, SUMS, hits, cmap="Blues", vmin=0, vmax=2, edgecolors="0.8", linewidth=0.5)
    for (row, column), hit in np.ndenumerate(hits):
        axes.text(
            float(CARDS[column]), float(SUMS[row]), "H" if hit else "S", ha="center", va="center", fontsize="x-small"
        )
    axes.set(xlabel="dealer shows", ylabel="player's sum", xticks=CARDS, yticks=SUMS)
    axes.set_xticklabels(["A", *map(str, CARDS[1:])])
    axes.set_title(title, fontsize="medium")
