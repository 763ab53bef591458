"""Figure 12.8: on-line and off-line λ-returns on the random walk of 19 states."""

from dataclasses import dataclass

from rlnotes.book.base.walk_of_19 import OFF_LINE, ON_LINE, WalkFigure


@dataclass
class OnLineReturns(WalkFigure):
    """On-line and off-line λ-returns on the random walk of 19 states.

    True online TD(λ) computes on-line λ-returns exactly, in every step. It is a little better than the off-line
    algorithm, which waits for the end of the episode.
    """

    families = {"on-line λ-return (true online TD(λ))": ON_LINE, "off-line λ-return": OFF_LINE}
