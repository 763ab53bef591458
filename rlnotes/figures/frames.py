"""Frames of a movie: what an agent does, drawn moment by moment."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image, ImageDraw, ImageFont

from rlnotes.analysis.labels import short_number
from rlnotes.base.record import Record
from rlnotes.envs.mdps.base.picture import Picture
from rlnotes.figures.maps import cells_of, extremes, is_row, map_of
from rlnotes.figures.style import COLOURS, frame
from rlnotes.simulation.playback import Moment

CURVES = 8
"""numbers of an observation that are drawn, at most"""
SMALL = 480
"""pixels: a picture is enlarged as often as it stays within a square of this size"""
LETTERS = 15
"""height of the letters of a caption, in pixels"""


def caption(moment: Moment, action: str = "") -> str:
    """Where an episode is, after an action with this name."""
    parts = [f"episode {moment.episode}", f"step {moment.step}", *([f"action {action}"] if action else [])]
    return ", ".join([*parts, f"return {short_number(moment.total)}", *(["the end"] if moment.ended else [])])


def captioned(picture: np.ndarray, heading: str, moment: Moment) -> np.ndarray:
    """A picture [height, width, 3] below its heading and caption. Small pictures are enlarged."""
    image = Image.fromarray(picture)
    if (times := int(min(SMALL / image.width, SMALL / image.height))) > 1:
        image = image.resize((times * image.width, times * image.height), Image.Resampling.NEAREST)
    font: Any = ImageFont.load_default(LETTERS)
    longest = int(max(font.getlength(line) for line in (heading, caption(moment._replace(step=10**6, ended=True)))))
    above = 2 * (LETTERS + 6) + 6
    whole = Image.new("RGB", (max(image.width, longest + 12), image.height + above), "white")
    whole.paste(image, ((whole.width - image.width) // 2, above))
    for i, line in enumerate((heading, caption(moment))):
        ImageDraw.Draw(whole).text((6, 4 + i * (LETTERS + 6)), line, "black", font)
    return np.asarray(whole)


class Canvas:
    """A figure in which only some artists change from frame to frame."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.canvas: Any = FigureCanvasAgg(figure)

    def keep(self) -> None:
        """Draw all that does not change."""
        self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)

    def frame(self, artists: Iterable[Artist]) -> np.ndarray:
        """The figure with these artists [height, width, 3]."""
        self.canvas.restore_region(self.background)
        for artist in artists:
            self.figure.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


class MapFrames:
    """The map of a finite MDP with its values and its policy, and the state in which the agent is.

    `values` and `policies` [H, states] may depend on the step; after H steps the last ones stay. With values that are
    all NaN, the map has neither.
    """

    def __init__(self, data: Record, picture: Picture, values: np.ndarray, policies: np.ndarray, heading: str) -> None:
        self.data, self.picture, self.values, self.policies = data, picture, values, policies
        self.heading, self.drawn = heading, -1
        self.scale = Normalize(*extremes([cells_of(data, value) for value in values]))
        self.places: list[np.ndarray] = []

    def draw_map(self, stage: int) -> None:
        """Draw all but the agent, for a step of the episode."""
        grid, axes_names = self.data["grid"], self.picture.axes
        height, width = grid.shape
        size = (6.4, 3.2) if is_row(grid) else (6.4, float(np.clip(5.2 * height / width, 1.2, 6.0)) + 0.8)
        self.canvas = Canvas(Figure(figsize=size, dpi=100, layout="constrained"))
        figure = self.canvas.figure
        figure.suptitle(f"{self.heading}\n ", fontsize="medium")
        axes = self.axes = figure.subplots()
        map_of(axes, self.data, self.values[stage], self.policies[stage], self.scale)
        for colour_bar in axes.child_axes if np.isnan(self.values).all() else ():
            colour_bar.remove()
        if axes_names:
            down, across = axes_names
            axes.set(xlabel=across, ylabel=down, xticks=range(0, width, 5), yticks=range(0, height, 5))
        [self.way] = axes.plot([], [], color=COLOURS[1], linewidth=4, alpha=0.35, animated=True)
        style = {"color": COLOURS[1], "markeredgecolor": "w", "markeredgewidth": 1.5, "animated": True}
        [self.agent] = axes.plot([], [], "o", markersize=self.disc(axes, height, width), **style)  # type: ignore[arg-type]
        self.rule = axes.axvline(0, color=COLOURS[1], animated=True, visible=is_row(grid))
        self.text = figure.text(0.5, 0.0, "", ha="center", va="top", animated=True)
        self.canvas.keep()
        title = figure.get_window_extent()
        self.text.set_position((0.5, 1 - 24 / title.height))
        self.drawn = stage

    def disc(self, axes: Any, height: int, width: int) -> float:
        """The size of the agent in points, a good half of a cell."""
        inches = min(5.0 / width, 5.0 / height)
        return float(np.clip(0.55 * 72 * inches, 5, 30))

    def frame(self, moment: Moment) -> np.ndarray:
        """The frame of a moment."""
        stage = min(moment.step, len(self.values) - 1)
        if stage != self.drawn:
            self.draw_map(stage)
        place = np.argwhere(self.data["grid"] == moment.state)[0].astype(float)
        self.places = [] if moment.step == 0 else self.places
        if self.places and np.abs(place - self.places[-1]).max() > 1:  # a jump, which no line crosses
            self.places.append(np.full(2, np.nan))
        self.places.append(place)
        rows, columns = np.transpose(self.places)
        self.way.set_data(columns, rows)
        self.agent.set_data(columns[-1:], rows[-1:])
        self.rule.set_xdata(columns[-1:])
        self.text.set_text(caption(moment, "" if moment.action is None else str(self.data["actions"][moment.action])))
        shown: list[Artist] = [self.rule] if is_row(self.data["grid"]) else [self.way, self.agent]
        return self.canvas.frame([*shown, self.text])


def trace_frames(moments: list[Moment], heading: str) -> Iterator[np.ndarray]:
    """Frames of an environment without a picture: the numbers of its observations, and the return, step by step."""
    seen = np.stack([np.ravel(moment.observation).astype(float)[:CURVES] for moment in moments])
    totals = np.array([moment.total for moment in moments])
    canvas = Canvas(Figure(figsize=(6.4, 4.4), dpi=100, layout="constrained"))
    above, below = canvas.figure.subplots(2, sharex=True)
    canvas.figure.suptitle(f"{heading}\n ", fontsize="medium")
    lines: list[Any] = []
    size = np.size(moments[0].observation)
    observed = "observation" if size <= CURVES else f"first {CURVES} of {size:,} numbers\nof the observation"
    for axes, numbers, name in ((above, seen, observed), (below, totals[:, None], "return")):
        axes.set_ylabel(name)
        axes.set_xlim(0, max(1, len(moments) - 1))
        low, high = float(numbers.min()), float(numbers.max())
        axes.set_ylim(low - 0.05 * (high - low or 1), high + 0.05 * (high - low or 1))
        frame(axes)
        looks: list[dict[str, Any]] = [
            {"color": COLOURS[i % len(COLOURS)], "marker": "."} for i in range(numbers.shape[1])
        ]
        lines += [axes.plot([], [], animated=True, label=str(i), **look)[0] for i, look in enumerate(looks)]
    if seen.shape[1] > 1:
        above.legend(handles=lines[:-1], frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    below.set_xlabel("step")
    below.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    text = canvas.figure.text(0.5, 1 - 24 / 440, "", ha="center", va="top", animated=True)
    canvas.keep()
    columns = np.column_stack([seen, totals]).T
    for i, moment in enumerate(moments):
        for line, numbers in zip(lines, columns, strict=True):
            line.set_data(range(i + 1), numbers[: i + 1])
        text.set_text(caption(moment))
        yield canvas.frame([*lines, text])
