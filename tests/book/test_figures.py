"""Every figure of the book measures, draws and concludes; the command runs one or all of them."""

import sys

import numpy as np
import pytest
from support.imports import MODULES

from rlnotes.base.class_table import Catalog, load_class
from rlnotes.book import FIGURES
from rlnotes.book.__main__ import ROOM

SMALL = {
    "figure_2": {"runs": 5, "steps": 60},
    "figure_2_1": {"runs": 20},
    "figure_5_1": {"steps": 1_000},
    "figure_5_2": {"runs": 2, "episodes": 20},
    "figure_5_3": {"runs": 4, "steps": 100},
    "figure_5_4": {"steps": 100},
    "figure_6": {"runs": 4, "episodes": 5},
    "example_6_2": {"runs": 3},
    "example_6_5": {"runs": 3, "steps": 2_000},
    "example_6_6": {"runs": 3, "episodes": 5},
    "figure_6_3": {"runs": 1, "episodes": 100},
    "figure_7": {"runs": 2, "episodes": 2, "step_sizes": 2},
    "figure_8_2": {"runs": 2, "episodes": 3},
    "figure_8_4": {"runs": 2, "steps": 1_500},
    "figure_8_5": {"runs": 2, "steps": 3_500},
    "figure_8_7": {"runs": 2, "problems": 1},
    "figure_8_8": {"runs": 2, "states": 10, "updates": 80},
    "figure_9": {"runs": 2, "episodes": 3},
    "figure_9_2": {"runs": 2, "episodes": 3, "step_sizes": 2},
    "figure_10": {"runs": 2, "episodes": 2},
    "figure_10_4": {"runs": 2, "episodes": 2, "step_sizes": 2},
    "figure_10_1": {"episodes": 12},
    "figure_10_5": {"runs": 2, "steps": 500},
    "figure_11": {"steps": 5},
    "figure_11_6": {"sweeps": 5},
    "figure_12": {"runs": 2, "episodes": 2, "step_sizes": 2},
    "figure_13": {"runs": 2, "episodes": 3},
}
"""settings by which a figure takes little time, by its name or the beginning of it"""


def small(name):
    """A figure that takes little time."""
    settings = SMALL.get(name, SMALL.get(name.rpartition("_")[0], {}))
    return load_class(FIGURES[name])(**settings)


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_measures_the_same_again_draws_and_concludes(name):
    figure = small(name)
    found, again = figure.run(), figure.run()
    assert found.keys() == again.keys()
    for key, numbers in found.items():
        np.testing.assert_array_equal(numbers, again[key], key)
        assert not np.isinf(numbers).any(), key
        first = numbers.ravel()[0] if numbers.size else 0
        assert np.isfinite(first), key  # a curve by α may end where learning becomes bad, but it begins
    picture = figure.picture(found)
    assert len(picture.axes) >= 1
    assert picture.get_suptitle() == figure.title()
    sentence = figure.conclude(found)
    assert sentence.endswith(".")
    assert any(letter.isdigit() for letter in sentence)


def test_a_figure_has_the_number_of_its_chapter_and_a_title():
    order = []
    for name, place in FIGURES.items():
        kind, chapter, number = name.split("_")
        assert kind in ("figure", "example")
        assert f".chapter_{int(chapter):02}." in place
        title = load_class(place).title()
        assert title.startswith(f"{kind.capitalize()} {chapter}.{number}: ")
        assert len(title.partition(": ")[2]) <= 80
        order.append(int(chapter))
    assert order == sorted(order)


def test_a_folder_of_a_chapter_holds_one_figure_per_file():
    files = {module for module in MODULES if module.startswith("rlnotes.book.chapter_") and module.count(".") == 3}
    assert files == {place.partition(":")[0] for place in FIGURES.values()}


def command(monkeypatch, *words):
    """Run the command line with these words."""
    monkeypatch.setattr(sys, "argv", ["rlnotes.book", *words])
    ROOM.main()


def test_all_runs_every_figure(monkeypatch, tmp_path, capsys):
    few = Catalog({name: FIGURES[name] for name in ("figure_3_2", "figure_3_5")})
    monkeypatch.setattr(sys, "argv", ["rlnotes.book", "all", f"results={tmp_path}"])
    ROOM._replace(catalog=few).main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "figure_3_2:"
    assert lines[3] == "figure_3_5:"
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".npz", ".npz", ".png", ".png"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["figure_2_20"], "figure=figure_2_20: unknown (did you mean figure_2_2?); must be figure_2_1, "),
        (["all", "runs=3"], "runs=3: is a setting of one figure; all has only results=FOLDER"),
        (["figure_2_2", "runs=0"], "runs=0: must be a whole number, 1 or more"),
        (["figure_2_2", "step=10"], "step=10: unknown (did you mean steps?); figure figure_2_2 has runs, seed, steps"),
        (["figure_6_2", "seed=-1"], "seed=-1: must be 0 or more"),
        (["figure_10_1", "runs=2"], "runs=2: must be 1: a surface belongs to one run"),
        (["figure_4_3", "heads=2"], "heads=2: must be from 0 to 1"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(monkeypatch, tmp_path, words, message):
    with pytest.raises(SystemExit) as stopped:
        command(monkeypatch, *words, f"results={tmp_path / 'new'}")
    assert str(stopped.value).startswith(f"rlnotes.book: {message}")
    assert "\n" not in str(stopped.value)
    assert not (tmp_path / "new").exists()


def test_help_lists_the_figures_and_the_settings_of_one(monkeypatch, capsys):
    command(monkeypatch)
    listed = capsys.readouterr().out
    assert all(name in listed for name in FIGURES)
    command(monkeypatch, "figure_2_2", "--help")
    assert "independent runs of each agent, 1 or more (default 2000)" in " ".join(capsys.readouterr().out.split())
