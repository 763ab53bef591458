"""Movies: frames in a GIF or MP4 file."""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rlnotes.base.errors import SettingError, enumerated, install_hint, suggestion

FORMATS = (".gif", ".mp4")
"""the ends of the names of movies"""
FASTEST = 25.0
"""frames of a second, at most: a browser slows down a GIF with more"""
HOLD = 1.0
"""seconds for which the last frame stays"""


def require_writable(file: Path) -> None:
    """Raise `SettingError` unless a movie can be written to this file."""
    if file.suffix.lower() not in FORMATS:
        close = suggestion(file.suffix, FORMATS)
        raise SettingError("file", file, f"must end in {enumerated([*FORMATS], 'or')}{close}")
    if not file.absolute().parent.is_dir():
        raise SettingError("file", file, f"must be in a folder that exists; {file.absolute().parent} does not")
    if file.suffix.lower() == ".mp4":
        require_ffmpeg(file)


def require_ffmpeg(file: Path) -> None:
    """Raise `SettingError` if no ffmpeg is found."""
    hint = f"{install_hint('play')}, or write a .gif"
    if find_spec("imageio_ffmpeg") is None:
        raise SettingError("file", file, f"needs imageio-ffmpeg to write MP4: {hint}")
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        get_ffmpeg_exe()
    except RuntimeError:
        raise SettingError("file", file, f"needs the program ffmpeg to write MP4: {hint}") from None


def write_movie(file: Path, frames: Iterable[np.ndarray], per_second: float) -> None:
    """Write frames [height, width, 3] of bytes; the file appears whole or not at all.

    If there are more than `FASTEST` frames a second, some are left out, and the movie has the same length.
    """
    every = max(1, int(np.ceil(per_second / FASTEST)))
    shown, speed = thinned(frames, every), per_second / every
    unfinished = file.with_name(f".{file.stem}-{os.getpid()}{file.suffix}")
    write = write_gif if file.suffix.lower() == ".gif" else write_mp4
    try:
        write(unfinished, shown, speed)
        unfinished.replace(file)
    except OSError as error:
        raise SettingError("file", file, f"cannot be written ({error.strerror or error})") from None
    finally:
        unfinished.unlink(missing_ok=True)


def thinned(frames: Iterable[np.ndarray], every: int) -> Iterator[np.ndarray]:
    """One of `every` frames, and the last one."""
    last = None
    for i, frame in enumerate(frames):
        last = frame if i % every else None
        if i % every == 0:
            yield frame
    if last is not None:
        yield last


def write_gif(file: Path, frames: Iterator[np.ndarray], per_second: float) -> None:
    """Write a GIF that repeats, with colours of its own for every frame."""
    colours: Any = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}
    kept = [Image.fromarray(frame).quantize(**colours) for frame in frames]
    durations = [round(1000 / per_second)] * (len(kept) - 1) + [round(1000 * HOLD)]
    kept[0].save(file, format="GIF", save_all=True, append_images=kept[1:], duration=durations, loop=0)


def write_mp4(file: Path, frames: Iterator[np.ndarray], per_second: float) -> None:
    """Write an MP4 file by ffmpeg."""
    from imageio_ffmpeg import write_frames

    frames = map(even, frames)
    first = next(frames)
    height, width, _ = first.shape
    movie = write_frames(str(file), (width, height), fps=per_second, macro_block_size=2, ffmpeg_log_level="error")
    movie.send(None)
    last = first
    for last in chain([first], frames):
        movie.send(last)
    for _ in range(round(HOLD * per_second)):
        movie.send(last)
    movie.close()


def even(frame: np.ndarray) -> np.ndarray:
    """A frame whose height and width are even, as MP4 needs them: its last line or column comes twice."""
    height, width, _ = frame.shape
    return np.ascontiguousarray(np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
