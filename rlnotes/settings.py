"""The settings of a comparison, besides the settings of agents and environments."""

from dataclasses import dataclass, field
from typing import Any

from rlnotes.base.errors import SettingError


@dataclass
class Plot:
    """How figures are drawn."""

    log_x: bool = False
    """whether the horizontal axis is logarithmic"""

    window: int | None = None
    """episodes in the smoothing window of returns; null: 1 episode, or 5 % of the episodes against steps"""

    theory: bool = True
    """whether bounds on regret are drawn when a theorem applies"""

    band: str = "interval"
    """curve and band: interval for the mean with its 95 % interval, or quartiles for the median with the middle half of
    the runs"""

    def __post_init__(self) -> None:
        if self.band not in ("interval", "quartiles"):
            raise SettingError("plot.band", self.band, "must be interval or quartiles")
        if self.window is not None and self.window < 1:
            raise SettingError("plot.window", self.window, "must be 1 or more, or null")


@dataclass
class Settings:
    """The settings of a comparison; values separated by commas are compared."""

    agent: Any
    """name of the agent"""

    env: Any
    """name of the environment, or its Gymnasium id"""

    steps: int = 10_000
    """steps of every run, the horizon n"""

    episodes: int | None = None
    """episodes of every run, instead of steps"""

    runs: int = 1_000
    """independent runs"""

    precision: float | None = None
    """add runs, 1,000 at a time, until the half-width of every 95 % interval is at most this share of the mean; null:
    add no runs"""

    seed: int = 0
    """seed of the random numbers, which all agents share"""

    evaluation_episodes: int | None = None
    """episodes that every run of an agent with networks plays after learning; null: 20, or fewer if they could take
    longer than learning; 0: none"""

    evaluation_policy: str = "greedy"
    """policy that it plays there: greedy, or sampled, which acts as it does while it learns"""

    results: str = "results"
    """folder for results and figures"""

    checkpoint: int | None = None
    """steps of a run between two checkpoints, from which a stopped cell continues; null: no checkpoints"""

    tensorboard: bool = False
    """whether models of stable-baselines3 log to RESULTS/tensorboard while they learn"""

    plot: Plot = field(default_factory=Plot)
