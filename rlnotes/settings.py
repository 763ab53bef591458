"""The settings of a comparison, besides the settings of agents and environments."""

from dataclasses import dataclass, field, fields
from typing import Any, Self

from rlnotes.base.errors import SettingError, suggestion

FORMATS = ("pdf", "eps", "jpg")
"""file formats of figures besides png and svg"""
LARGEST = 100
"""largest width and height in inches, and largest letters in points"""


def check_style(style: str) -> None:
    """Raise `SettingError` if matplotlib has no such style."""
    import matplotlib.style

    try:
        with matplotlib.style.context(style):
            pass
    except OSError:
        close = suggestion(style, matplotlib.style.available)
        raise SettingError("plot.style", style, f"must be a style of matplotlib, or a file{close}") from None


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

    format: str | None = None
    """one more file format of the figures, besides png and svg: pdf, eps or jpg"""

    width: float | None = None
    """width in inches of a figure with one panel; figures with more panels are wider in proportion; null: 6.4"""

    height: float | None = None
    """height of a figure in inches; null: as the figure needs"""

    font_size: float | None = None
    """size of the letters in points; null: 10"""

    style: str | None = None
    """a style of matplotlib: its name, or the path of a .mplstyle file"""

    @classmethod
    def of_one_figure(cls, settings: dict[str, Any]) -> Self:
        """How one figure in Python is drawn; `SettingError` for an unknown setting, and for those of files."""
        known = [field.name for field in fields(cls) if field.name not in ("format", "font_size", "style")]
        for setting, value in settings.items():
            if setting not in known:
                raise SettingError.unknown(setting, value, "plot", known)
        return cls(**settings)

    def __post_init__(self) -> None:
        if self.band not in ("interval", "quartiles"):
            raise SettingError("plot.band", self.band, "must be interval or quartiles")
        if self.window is not None and self.window < 1:
            raise SettingError("plot.window", self.window, "must be 1 or more, or null")
        if self.format not in (None, *FORMATS):
            raise SettingError("plot.format", self.format, f"must be {', '.join(FORMATS)} or null")
        for name, value in {"width": self.width, "height": self.height, "font_size": self.font_size}.items():
            if value is not None and not 0 < value <= LARGEST:
                raise SettingError(f"plot.{name}", value, f"must be above 0 and at most {LARGEST}, or null")
        if self.style is not None:
            check_style(self.style)


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

    workers: int | None = None
    """processes that compute the runs of a cell, each 1,000 at a time; null: one for each core, or one if a launcher of
    Hydra's uses the cores"""

    tensorboard: bool = False
    """whether the first 10 runs log to RESULTS/tensorboard while they learn"""

    data: str | None = None
    """data set from which agents learn: its folder, or a pattern with * that fits it alone, or its id in Minari's own
    folder; null: none"""

    expert: str | None = None
    """expert that agents ask: the folder of a cell, in RESULTS/cells, or a pattern for it; null: none"""

    record: Any = False
    """whether what every run does is kept as a data set in RESULTS/datasets: true for its steps while it learns,
    evaluation for the episodes after learning"""

    plot: Plot = field(default_factory=Plot)
