"""The command `play`: a movie of what an agent has learnt."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import tee
from pathlib import Path

import numpy as np

from rlnotes import catalog
from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError, enumerated
from rlnotes.cli.saved_comparisons import folder_of
from rlnotes.comparison import FILE, Comparison, load
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.base.picture import painted
from rlnotes.simulation.learnt_policy import made_again, player, values_by_step
from rlnotes.simulation.playback import Moment, Stage
from rlnotes.simulation.result import Result

PYGAME = {"PYGAME_HIDE_SUPPORT_PROMPT": "1", "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
"""variables with which pygame draws without a display, and says nothing"""


@dataclass
class Play(Configured):
    """The settings of `play`."""

    agent: str | None = None
    """the agent of a comparison that plays, or its label in the table; null: the only one"""

    run: int = 0
    """the run whose policy plays, from 0"""

    episodes: int = 1
    """episodes that it plays"""

    steps: int = 500
    """steps of all episodes together, at most"""

    seed: int = 0
    """seed of the random numbers of the environment"""

    file: str | None = None
    """the movie, a file that ends in .gif or .mp4; null: AGENT-ENV.gif in the present folder"""

    def __post_init__(self) -> None:
        self.require_kinds()
        for setting, least in {"run": 0, "episodes": 1, "steps": 1, "seed": 0}.items():
            self.require_whole(setting, least)


def play(folder: str, *words: str) -> None:
    """Let what was learnt in a cell, or by an agent of a comparison, play, and write a movie of it."""
    settings = settings_of(words)
    result = result_in(folder, settings.agent)
    env: Environment = made_again("env", result.settings)
    if isinstance(env, Bandit):
        requirement = "is a bandit, which has nothing to play: a step leads nowhere; `show` has the pulls of its arms"
        raise SettingError("env", catalog.name(env), requirement)
    from rlnotes.figures.movies import require_writable, write_movie

    agent = made_again("agent", result.settings)
    names = f"{catalog.name(agent)}-{catalog.name(env)}".replace("/", "_").replace(":", "_")
    file = Path(settings.file or f"{names}.gif")
    require_writable(file)
    for variable, value in PYGAME.items():
        os.environ.setdefault(variable, value)
    learnt, stage = player(agent, env, result, run=settings.run), Stage(env, catalog.name(env))
    shown, played = tee(stage.play(learnt, settings.episodes, settings.steps, settings.seed))
    of_run = "" if "policy" in result.data else f", run {settings.run}"
    heading = f"{catalog.name(agent)} on {catalog.name(env)}{of_run}"
    write_movie(file, frames(stage, result, settings.run, shown, heading), stage.frames_per_second)
    for line in outcomes(list(played), settings.steps):
        print(line)
    print(f"wrote {file}, {file.stat().st_size / 1e6:,.2f} MB")


def settings_of(words: tuple[str, ...]) -> Play:
    """The settings that the words KEY=VALUE give. Raises `SettingError`."""
    known, given = {field.name: field for field in fields(Play)}, dict[str, object]()
    for word in words:
        key, equals, value = word.lstrip("-").partition("=")
        if key not in known:
            raise SettingError.unknown(key, value, "play", known)
        if not equals or not value:
            raise SettingError("play", word, f"must be KEY=VALUE: write {key}=...")
        given[key] = None if value == "null" else value
        if known[key].type is int:
            with suppress(ValueError):  # `Play` refuses the text
                given[key] = int(value)
    return Play(**given)  # type: ignore[arg-type]  # require_kinds looks at the types


def result_in(folder: str, agent: str | None) -> Result:
    """The result of a cell, or of one agent of a comparison. Raises `SettingError`."""
    if (Path(folder) / "data.npz").is_file() and not (Path(folder) / FILE).is_file():
        place = Path(folder)
    else:
        place = folder_of(folder, "play", "the folder of a cell or of a comparison")
    try:
        found = load(place)
    except ValueError as error:
        raise SettingError("play", folder, str(error)) from None
    if isinstance(found, Comparison):
        return result_of(found, agent)
    if agent not in (None, found.settings["agent"]["name"]):
        raise SettingError("agent", agent, f"is not in {folder}: it is a cell of {found.settings['agent']['name']}")
    return found


def result_of(comparison: Comparison, agent: str | None) -> Result:
    """The result of one agent of a comparison. Raises `SettingError` unless the agent is one of them."""
    if agent is None and len(comparison.results) > 1:
        raise SettingError("agent", "null", f"must be set: {enumerated([*comparison.results], 'or')}")
    try:
        return comparison[agent] if agent is not None else next(iter(comparison.results.values()))
    except KeyError:
        raise SettingError.choice("agent", agent, comparison.results) from None


def frames(stage: Stage, result: Result, run: int, shown: Iterator[Moment], heading: str) -> Iterator[np.ndarray]:
    """The frames of a movie: the environment's own pictures, its map, or else curves of what is observed."""
    from rlnotes.figures.frames import MapFrames, captioned, trace_frames

    picture = stage.native.model.picture if stage.native else None
    if stage.picture:
        yield from (captioned(stage.draw(), heading, moment) for moment in shown if stage.shows(moment))
    elif picture and picture.board:
        boards = picture.board  # mypy forgets the condition inside the generator
        yield from (captioned(painted(boards(moment.state)), heading, moment) for moment in shown)
    elif picture and "grid" in result.data:
        values, policies = values_by_step(result, run)
        yield from map(MapFrames(result.data, picture, values, policies, heading).frame, shown)
    else:
        yield from trace_frames(list(shown), heading)


def outcomes(moments: list[Moment], steps: int) -> Iterator[str]:
    """A line for each episode."""
    last = {moment.episode: moment for moment in moments}
    for moment in last.values():
        end = "" if moment.ended else f"; it goes on, and the movie stops after {in_words(steps)}"
        yield f"episode {moment.episode}: {in_words(moment.step)}, return {moment.total:.6g}{end}"


def in_words(steps: int) -> str:
    """A number of steps."""
    return "1 step" if steps == 1 else f"{steps} steps"
