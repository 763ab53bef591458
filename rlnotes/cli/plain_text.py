"""Tables in terminals that have no symbols beyond ASCII, or some of them."""

import codecs
import sys
from io import TextIOWrapper

PLAIN = {"±": "+-", "−": "-", "…": ".", "²": "2", "σ": "sigma", "γ": "gamma", "δ": "delta", "ε": "epsilon"}
"""symbols of tables and sentences in ASCII"""
HORIZONTAL, VERTICAL = "─━═", "│┃║"
"""lines of tables; every other symbol of their frames is a corner"""


def print_plainly() -> None:
    """Print what the encoding of standard output does not have in ASCII; a terminal without a symbol is no error."""
    codecs.register_error("rlnotes", in_ascii)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="rlnotes")


def in_ascii(error: UnicodeError) -> tuple[str, int]:
    """The text in place of symbols that cannot be encoded, and the place after them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(plain, error.object[error.start : error.end])), error.end


def plain(symbol: str) -> str:
    """A symbol in ASCII."""
    if "─" <= symbol <= "╿":
        return "-" if symbol in HORIZONTAL else "|" if symbol in VERTICAL else "+"
    return PLAIN.get(symbol, "?")
