"""Settings and the types that their fields declare."""

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import pytest

from rlnotes.base.configured import Configured, in_words
from rlnotes.base.errors import SettingError


@dataclass
class Switch(Configured):
    """An object with one setting."""

    on: bool = False

    def __post_init__(self):
        self.require_kinds()


def test_a_truth_value_of_numpy_is_one():
    assert Switch(on=np.bool_(True)).on
    with pytest.raises(SettingError, match=r"^on=1: must be true or false$"):
        Switch(on=1)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (float | None, "a number or null"),
        (Optional[bool], "true or false or null"),  # noqa: UP045
        (int | float | str, "a number or a word"),
        (Any, "anything"),
    ],
)
def test_an_annotation_in_words(annotation, words):
    assert in_words(annotation) == words
