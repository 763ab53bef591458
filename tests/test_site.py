"""The documentation can be built without a warning, and the pages that are made from the code are right."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pages_of import catalogue, notes, results

from rlnotes import catalog, compare
from rlnotes.base.docstrings import is_formula

ROOT = Path(__file__).parents[1]
COMMANDS = {
    f"{group}={name}": catalogue.commands(group, name, place)
    for group, names in catalog.CATALOGS.items()
    for name, place in names.items()
}


TUTORIALS = sorted(path for path in (ROOT / "docs" / "tutorials").glob("*.md") if path.stem != "index")


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_has_a_question_a_picture_a_computed_sentence_and_an_exercise(tutorial):
    """The build of the site executes it; here it only has to be complete, and to stand in the list of tutorials."""
    text = tutorial.read_text("utf-8")
    for part in ("**Question.** ", ":mystnb: {image: {alt: '", "print(", "\n## Exercise\n"):
        assert part in text, part
    assert f"]({tutorial.name})" in (tutorial.parent / "index.md").read_text("utf-8")


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_needs_no_network(tmp_path):
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--doctree-dir", tmp_path / "read"]
    folders = os.pathsep.join(map(str, (ROOT, ROOT / "scripts")))
    built = subprocess.run(
        [*sphinx, ROOT / "docs", tmp_path / "site"],
        env=os.environ | {"PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for group, names in catalog.CATALOGS.items():
        for name in names:
            assert (tmp_path / "site" / "generated" / f"{group}s" / f"{name}.html").exists()
    for page in (tmp_path / "site").rglob("*.html"):
        assert not re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*", page.read_text("utf-8"))
    for tutorial in TUTORIALS:
        text = (tmp_path / "site" / "tutorials" / f"{tutorial.stem}.html").read_text("utf-8")
        assert '<div class="cell_output' in text, f"{tutorial} was not executed"


@pytest.mark.slow
@pytest.mark.parametrize("of", COMMANDS)
def test_the_commands_on_the_page_of_an_agent_or_environment_run(run, tmp_path, of):
    for command in COMMANDS[of]:
        words = command.removeprefix("python -m rlnotes.run ")
        run(*shlex.split(words), "episodes=5" if "episodes" in words else "steps=300", "runs=3")
    assert list(tmp_path.glob("results/*/comparison.csv"))


@pytest.mark.parametrize(("number", "setting"), notes.LAYERS.items())
def test_the_command_of_a_note_shows_a_layer_of_the_note(monkeypatch, capsys, number, setting):
    pytest.importorskip("torch")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["rlnotes.nn", setting])
    monkeypatch.delitem(sys.modules, "rlnotes.nn.__main__", raising=False)  # another test may have imported it
    runpy.run_module("rlnotes.nn", run_name="__main__")
    layers = re.sub(r"│ body .*", "", capsys.readouterr().out)  # a body cites the notes of all layers that it may have
    assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", layers)


def test_a_note_with_a_study_has_its_command():
    code, tests = notes.places.code(), notes.places.tests()
    shown = {number: notes.command(number, "", code[number], tests[number]) for number in ("4.1", "8.1", "8.2", "9.1")}
    names = ("initialisation", "autoencoder", "vae", "kernel_regression")
    assert [*shown.values()] == [f"python -m rlnotes.studies {name}" for name in names]


def test_an_agent_without_a_docstring_or_a_test_has_no_page(monkeypatch):
    place = catalog.CATALOGS["agent"]["ucb"]
    assert "`agent.delta` | a number or null | `null` |" in catalogue.page("agent", "ucb", place)
    monkeypatch.setattr(catalogue, "tests", lambda *of: [])
    with pytest.raises(ValueError, match="agent=ucb has no test"):
        catalogue.page("agent", "ucb", place)
    monkeypatch.setattr("rlnotes.cli.help.docstring", lambda place: "")
    with pytest.raises(ValueError, match="agent=ucb has no docstring"):
        catalogue.page("agent", "ucb", place)


def test_an_agent_without_a_figure_has_no_page():
    with pytest.raises(ValueError, match=r"agent=new has no figure, .*: python scripts/figures.py agents"):
        catalogue.page("agent", "new", catalog.CATALOGS["agent"]["ucb"])


@pytest.mark.parametrize(
    ("block", "formula"),
    [
        ("A_t = argmax_i UCB_i(t−1, δ),\nUCB_i = ∞", True),
        ("θ ← θ − α ∇_θ 1/B Σ_t ℓ(ŷ_t − Q_θ(S_t, A_t))", True),
        ("max_a Q(s, a) ≤ 1", True),
        ("forward: at the end of the episode\nbackward: in every step", True),
        ("maximise Σ_t ρ_t Â_t", True),
        ("λ = 0 is Q-learning.", False),
        ("With γ = 1, a planner first proves something.", False),
        ("over a random batch; ℓ is Huber's loss", False),
        ("Source: Watkins & Dayan, where ε = 0.1", False),
    ],
)
def test_a_paragraph_that_begins_with_a_formula_keeps_its_lines(block, formula):
    assert is_formula(block) == formula


@pytest.mark.parametrize(
    ("agents", "env"),
    [(["ucb", "etc"], "gaussian_bandit"), (["value_iteration", "policy_iteration"], "gridworld")],
)
def test_the_page_of_results_has_every_number_that_is_stored(agents, env):
    comparison = compare(agents, env, steps=20, runs=3, progress=False)
    text = {place: [name.strip("`") for name, *_ in results.keys(place)] for place in results.RECORDS.values()}
    for row in comparison.rows:
        assert not set(row.result.data) - set(text["rlnotes.base.record:Record"])
        assert not set(row.result.summary) - set(text["rlnotes.simulation.result:Summary"])
        assert list(row.record()) == text["rlnotes.analysis.comparison_row:Line"][: len(row.record())]
