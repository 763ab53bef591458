"""The contract of a study."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure

from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.base.configured import Configured

Measured = dict[str, np.ndarray]
"""what a study measures, as arrays with plain names"""


@dataclass
class Study(Configured):
    """An experiment: what it measures, a picture of it, and one sentence about it.

    The fields of the dataclass are its settings. Raises `SettingError` if a setting is wrong.
    """

    size: ClassVar[tuple[float, float]] = (9.0, 4.0)
    """inches of the picture"""

    seed: int = 0
    """seed of all random numbers"""

    def __post_init__(self) -> None:
        self.require_kinds()
        self.require_at_least("seed", 0)

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
        """Run the experiment from the seed, with one thread; torch's own random numbers stay as they are."""
        with torch.random.fork_rng(devices=()), one_thread():
            torch.manual_seed(self.seed)
            return self.measure()

    def picture(self, found: Measured) -> Figure:
        """The picture of what was found."""
        figure = Figure(figsize=self.size, layout="constrained")
        self.draw(figure, found)
        return figure
