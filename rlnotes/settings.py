"""The settings of the command line, beside those of the agent and the environment."""

from dataclasses import dataclass, field
from typing import Any

from rlnotes.base.errors import SettingError


@dataclass
class Plot:
    """How figures are drawn."""

    log_x: bool = False
    """whether the horizontal axis is logarithmic"""

    window: int | None = None
    """episodes over which returns are averaged before they are drawn; null: 1, but a twentieth of those of a run where
    they are drawn against steps"""

    theory: bool = True
    """whether bounds on regret are drawn where theory has some"""

    band: str = "interval"
    """what a curve is, and what is about it: interval, the mean and its 95 % interval, or quartiles, the median and the
    middle half of the runs"""

    def __post_init__(self) -> None:
        if self.band not in ("interval", "quartiles"):
            raise SettingError("plot.band", self.band, "must be interval or quartiles")
        if self.window is not None and self.window < 1:
            raise SettingError("plot.window", self.window, "must be 1 or more, or null")


@dataclass
class Settings:
    """A run's own settings; a comma sweeps and compares."""

    agent: Any
    """agent, by name"""

    env: Any
    """environment, by name or by its Gymnasium id"""

    steps: int = 10_000
    """steps of every run, the horizon n"""

    episodes: int | None = None
    """episodes of every run, instead of steps"""

    runs: int = 1_000
    """independent runs"""

    precision: float | None = None
    """relative half-width of the 95 % interval of every mean, until which runs are added, 1,000 at a time; null: none
    are"""

    seed: int = 0
    """seed of the luck that all agents share"""

    results: str = "results"
    """folder for what is computed and drawn"""

    checkpoint: int | None = None
    """steps of a run between two checkpoints, from which a cell that was stopped goes on; null: none are kept"""

    tensorboard: bool = False
    """whether models of stable-baselines3 write what they log to RESULTS/tensorboard, in cells computed now"""

    plot: Plot = field(default_factory=Plot)
