"""What a file says about a model."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from rlnotes.envs.mdps.base.model_builders import Columns
from rlnotes.envs.mdps.base.model_checks import Names


class Contents(NamedTuple):
    """The columns of a model, with the names of its states and actions."""

    columns: Columns
    """with the start that the file says, or else the first state"""
    names: Names | None
    """None: states and actions have numbers only"""
    discount: float | None
    """γ; None: the file does not say it"""


def in_order(words: Iterable[str]) -> dict[str, Any]:
    """The name of each different word: whole numbers in their order if all are, else the words as they come."""
    found = list(dict.fromkeys(words))
    if all(re.fullmatch(r"[+-]?\d+", word) for word in found):
        return {word: int(word) for word in sorted(found, key=int)}
    return {word: word for word in found}
