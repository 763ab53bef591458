"""Figure 5.1: Monte Carlo prediction in blackjack."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import MonteCarloPrediction
from rlnotes.book.base.blackjack import ACES, by_hand, stick_on_20, surface
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Blackjack
from rlnotes.experiments.experiment import Measured

SHARE = 50
"""the first surfaces are drawn after this part of the episodes"""


@dataclass
class BlackjackValues(SimulatedFigure):
    """Monte Carlo values of the blackjack policy that sticks on 20 and 21.

    Hands with a usable ace are rare, so their values are less certain after few episodes. The value jumps up at 20,
    since the player sticks there, and is lower where the dealer shows an ace.
    """

    size = (9.0, 8.0)

    runs: int = 1

    steps: int = 700_000
    """steps of the run, 100 or more; an episode takes about 1.4"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 100)
        self.require("runs", self.runs == 1, "must be 1: the surfaces belong to one run")

    def measure(self) -> Measured:
        env, policy = Blackjack(), stick_on_20()
        agent = MonteCarloPrediction(policy=policy.tolist())
        points = np.array([self.steps // SHARE, self.steps])
        episodes, values = self.course(agent, env, points, lambda: by_hand(agent.value(np.arange(1))[0]).copy())
        return {"episodes": episodes, "value": values, "exact": by_hand(env.model.evaluate(policy))}

    def draw(self, figure: Figure, found: Measured) -> None:
        for row, ace in enumerate(ACES):
            for column, episodes in enumerate(found["episodes"]):
                title = f"{ace}, after {episodes:,.0f} episodes"
                surface(figure, (2, 2, 2 * row + column + 1), found["value"][column][row], title)

    def conclude(self, found: Measured) -> str:
        errors = np.abs(found["value"] - found["exact"]).mean(axis=(2, 3))
        (early, _), (late, rest) = errors
        return (
            f"With a usable ace the mean error is {early:.3f} after {found['episodes'][0]:,.0f} episodes and "
            f"{late:.3f} after {found['episodes'][1]:,.0f}; without one it is {rest:.3f} in the end."
        )
