"""Docstrings for a terminal of any width."""

from rlnotes.base.docstrings import in_long_lines


def test_a_paragraph_has_no_line_ends_of_the_source_but_formulas_and_items_keep_theirs():
    long = "A bound fails with probability at most δ if rewards are σ-subgaussian, which is said of the noise"
    text = f"{long}\nalone.\n\nA_t = argmax_i μ̂_i,\nμ̂_i = ∞\n\n{long};\ngaussian: for a known scale σ.\nSource: a book."
    assert in_long_lines(text).split("\n\n") == [
        f"{long} alone.",
        "A_t = argmax_i μ̂_i,\nμ̂_i = ∞",
        f"{long};\ngaussian: for a known scale σ.",
        "Source: a book.",
    ]
