"""The one training loop of the studies."""

from collections.abc import Callable, Sequence
from math import cos, pi
from typing import NamedTuple

from torch import Tensor, nn

from rlnotes.agents.deep.base.adam import Adam

NO_CUT = 1e9
"""norm to which gradients are cut; no gradient is so long"""


class Player(NamedTuple):
    """A stack of networks, and the loss that it minimises."""

    networks: nn.Module
    loss: Callable[[], Tensor]
    """the mean over the networks of their losses, on a new batch"""
    turns: int = 1
    """steps that it takes while a player with 1 takes one"""


def train(players: Sequence[Player], steps: int, rate: float) -> None:
    """Train players in turn by Adam, all networks of a stack at once.

    The rate falls from `rate` to 0 along half a cosine. A step follows the gradient of each network's own loss: the
    gradient of the mean times the number of networks.
    """
    optimisers = [Adam([player.networks], NO_CUT) for player in players]
    for step in range(steps):
        alpha = rate * (1 + cos(pi * step / steps)) / 2
        for player, adam in zip(players, optimisers, strict=True):
            for _ in range(player.turns):
                adam.step(len(adam.theta) * player.loss(), alpha)
