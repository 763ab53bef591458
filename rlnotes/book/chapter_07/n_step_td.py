"""Figure 7.2: n-step TD on the random walk of 19 states, by α and n."""

from dataclasses import dataclass

from rlnotes.book.base.walk_of_19 import N_STEPS, WalkFigure


@dataclass
class NStepErrors(WalkFigure):
    """n-step TD on the random walk of 19 states, by α and n.

    TD(0), n = 1, passes a reward on by one state per episode. Monte Carlo, which is nearly n = 512, has much variance.
    A medium n is better than both.
    """

    size = (7.4, 4.6)

    families = {"n-step TD": N_STEPS}
