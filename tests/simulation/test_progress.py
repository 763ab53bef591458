"""Progress on standard error: a bar on terminals of any width, and lines where no bar can move."""

import io
import re

import pytest
from rich.console import Console

from rlnotes.simulation import run

TEXT = "ppo on minigrid:MiniGrid-Empty-5x5-v0(wrappers=[{'name': 'FilterObservation', 'filter_keys': ['image']}])"


def shown(monkeypatch, width, terminal, seconds=0.0):
    """What a bar writes while 37 and then 50 of 100 are done; `seconds` pass between two calls."""
    written, now = io.StringIO(), iter(seconds * i for i in range(100))
    console = Console(file=written, width=width, force_terminal=terminal, color_system=None)
    monkeypatch.setattr(run, "Console", lambda stderr, force_jupyter: console)
    monkeypatch.setattr(run, "monotonic", lambda: next(now))
    with run.progress_bar(TEXT, 100, visible=True, evaluation=50) as advance:
        advance(37)
        advance(13)
        advance(10, evaluated=True)
    return re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", written.getvalue())


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 140])
def test_a_bar_shows_the_share_in_one_line_at_any_width(width, monkeypatch):
    lines = shown(monkeypatch, width, terminal=True).splitlines()
    whole = [line for line in lines if "ppo on" in line]
    assert re.search(r"… +━.* 50 % ", whole[-1])
    assert max(map(len, lines)) <= width
    assert any(re.search(r"evaluation .* 20 % ", line) for line in lines)


def test_lines_show_the_share_where_no_bar_can_move(monkeypatch, capsys):
    shown(monkeypatch, 80, terminal=False, seconds=run.LINE_EVERY)
    assert capsys.readouterr().err.splitlines() == [f"{TEXT}: 37 %", f"{TEXT}: 50 %", "evaluation: 20 %"]


@pytest.mark.parametrize(("terminal", "seconds"), [(False, 0.1), (True, 60.0)])
def test_there_are_no_lines_for_short_work_or_beside_a_bar(terminal, seconds, monkeypatch, capsys):
    shown(monkeypatch, 80, terminal, seconds)
    assert capsys.readouterr().err == ""
