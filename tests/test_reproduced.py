"""The table of numbers of theory and literature: its verdicts, its command, and its page."""

import re
import sys
from fractions import Fraction

import numpy as np
import pytest
import reproduce
from reproduced.number import Found, Number, half_a_digit, mean

NUMBERS = reproduce.every_number()


def number(published, rounding=None, spread=0.0):
    """A number that is 2 here."""
    return Number("two", "arithmetic", published, lambda: Found(2.0), rounding, spread)


@pytest.mark.parametrize(
    ("published", "facts", "found", "agrees"),
    [
        ("2.0", {}, Found(2.049), True),
        ("2.0", {}, Found(2.051), False),
        ("-13", {}, Found(-13.4), True),
        (2.0, {}, Found(2 + 1e-9), True),
        (2.0, {}, Found(2 + 1e-8), False),
        (Fraction(1, 3), {}, Found(0.333), False),
        (2.0, {}, Found(2.5, standard_error=0.126), True),
        (2.0, {}, Found(2.5, standard_error=0.124), False),
        (2.0, {"spread": 0.4}, Found(3.9, standard_error=0.3), True),
        (2.0, {"spread": 0.4}, Found(4.1, standard_error=0.3), False),
        (2.0, {}, Found(2.5, bound=0.51), True),
        (2.0, {}, Found(2.5, bound=0.49), False),
        ("1700", {"rounding": 50.0}, Found(1749.0), True),
        ("1700", {"rounding": 50.0}, Found(1751.0), False),
        (2.0, {}, Found(float("nan")), False),
    ],
)
def test_a_number_agrees_within_errors_bound_and_rounding_together(published, facts, found, agrees):
    assert number(published, **facts).agrees(found) == agrees


def test_the_mean_of_runs_has_its_standard_error():
    sample = np.array([1.0, 2.0, 3.0, 6.0])
    found = mean(sample)
    assert found.value == 3
    assert found.standard_error == pytest.approx((((sample - 3) ** 2).sum() / 3 / 4) ** 0.5)


def test_every_number_has_a_name_of_its_own_and_a_source():
    assert len(NUMBERS) >= 60
    assert len({(area, number.name) for area, number in NUMBERS}) == len(NUMBERS)
    assert all(number.source for _, number in NUMBERS)
    assert all(half_a_digit(number.published) < 1e4 for _, number in NUMBERS)


def test_the_page_has_a_row_for_every_number():
    _, *sections = re.split("^## ", reproduce.PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    rows = [
        [section.partition("\n")[0].lower(), *row.split(" | ")]
        for section in sections
        for row in re.findall(r"^\| (?!number|---)(.*?) \|$", section, re.MULTILINE)
    ]
    expected = [reproduce.facts(area, number) for area, number in NUMBERS]
    assert [row[:4] for row in rows if row[0] in reproduce.AREAS] == expected
    assert {row[-1] for row in rows} <= {"agrees", "differs"}


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs the command on two numbers, of which one is wrong: exit status, output and errors."""
    right, wrong = number(2.0), Number("three", "arithmetic", 3.0, lambda: Found(2.0), note="It is two.")
    monkeypatch.setattr(reproduce, "every_number", lambda: [("bandits", right), ("planning", wrong)])

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["reproduce.py", *words])
        try:
            status = reproduce.main()
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return run


def test_a_number_that_does_not_come_out_stays_in_the_table_and_is_the_exit_status(command, monkeypatch, tmp_path):
    status, out, _ = command("--markdown")
    assert status == 1
    assert "| planning | three | arithmetic | 3 | 2 |  | 0.00 | differs |" in out
    assert command("bandits")[0] == command("TWO")[0] == 0
    assert "1 of 2 numbers come out" in (out := command()[1])
    assert "three differs. It is two." in out
    monkeypatch.setattr(reproduce, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(reproduce, "AREAS", ["planning", "deep"])
    assert command("--write")[0] == 1
    assert "## Planning\n\n| number |" in (written := reproduce.PAGE.read_text(encoding="utf-8"))
    assert "| three | arithmetic | 3 | 2 |" in written


def test_an_unknown_name_is_refused_with_the_near_ones(command, monkeypatch, tmp_path):
    status, out, errors = command("two", "threw")
    assert (status, out) == (2, "")
    assert errors == (
        "reproduce: threw: no such area or name; near: three; the areas are " + ", ".join(reproduce.AREAS) + "\n"
    )
    assert command("planing")[2].startswith("reproduce: planing: no such area or name; near: planning")
    monkeypatch.setattr(reproduce, "PAGE", tmp_path / "page.md")
    assert command("--write", "two")[0] == 2
    assert not reproduce.PAGE.exists()


@pytest.mark.slow
@pytest.mark.parametrize("area", [area for area in reproduce.AREAS if area != "deep"])
def test_a_number_differs_if_and_only_if_a_note_says_why(area):
    """For any seed of these numbers a false alarm has probability 6.4e-5 for each that is a mean."""
    numbers = [number for where, number in NUMBERS if where == area]
    assert [one.name for one in numbers if one.agrees(one.ours()) == bool(one.note)] == []
