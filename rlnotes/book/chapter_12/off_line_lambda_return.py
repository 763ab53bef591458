"""Figure 12.3: off-line λ-returns and n-step TD on the random walk of 19 states."""

from dataclasses import dataclass

from rlnotes.book.base.walk_of_19 import N_STEPS, OFF_LINE, WalkFigure


@dataclass
class OffLineReturns(WalkFigure):
    """Off-line λ-returns and n-step TD on the random walk of 19 states.

    A λ-return is a weighted mean of n-step returns. Both algorithms do best in the middle, and about equally
    well there.
    """

    families = {"off-line λ-return": OFF_LINE, "n-step TD": N_STEPS}
