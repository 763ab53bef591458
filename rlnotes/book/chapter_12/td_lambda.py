"""Figure 12.6: TD(λ) and the off-line λ-return algorithm on the random walk."""

from dataclasses import dataclass

from rlnotes.book.base.walk_of_19 import OFF_LINE, TD_LAMBDA, WalkFigure


@dataclass
class BackwardView(WalkFigure):
    """TD(λ) and the off-line λ-return algorithm on the random walk.

    TD(λ) learns in every step, from a trace of the states before. With a small α it agrees with the λ-returns. With a
    large α and λ it is worse, since traces of states that are visited again grow.
    """

    families = {"TD(λ)": TD_LAMBDA, "off-line λ-return": OFF_LINE}
