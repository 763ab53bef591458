"""The contract of an experiment."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from rlnotes.base.configured import Configured

Measured = dict[str, np.ndarray]
"""what an experiment measures, as arrays with plain names"""


@dataclass
class Experiment(Configured, ABC):
    """What it measures, a picture of it, and one sentence about it.

    The fields of the dataclass are its settings. Raises `SettingError` if a setting is wrong.
    """

    size: ClassVar[tuple[float, float]] = (9.0, 4.0)
    """inches of the picture"""

    def __post_init__(self) -> None:
        self.require_kinds()

    @abstractmethod
    def measure(self) -> Measured:
        """Run the experiment."""

    @abstractmethod
    def draw(self, figure: Figure, found: Measured) -> None:
        """Draw what was found."""

    @abstractmethod
    def conclude(self, found: Measured) -> str:
        """One sentence about what was found."""

    def run(self) -> Measured:
        """Run the experiment; the same settings give the same numbers."""
        return self.measure()

    def picture(self, found: Measured) -> Figure:
        """The picture of what was found."""
        figure = Figure(figsize=self.size, layout="constrained")
        self.draw(figure, found)
        return figure
