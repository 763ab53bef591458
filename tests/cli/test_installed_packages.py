"""Agents and environments that installed packages offer as entry points."""

import re

import pytest
from support.own_files import AGENTS, WORLDS, forgotten, write

from rlnotes import catalog

QUICK = ["steps=20", "runs=3"]
ENTRY_POINTS = """
[rlnotes.agents]
offered_greedy = offering.agents:Greedy
ucb = offering.agents:Greedy
absent = offering.absent:Absent
[rlnotes.envs]
offered_corridor = offering.worlds:Corridor
"""
REFUSED = (
    "rlnotes: the package offering offers agent=ucb, a name that the catalogue has already; it is left out, but "
    "agent=offering.agents:Greedy works"
)


@pytest.fixture(autouse=True)
def installed(tmp_path):
    """The folder of an installed package that offers an agent and an environment."""
    folder = tmp_path / "site-packages"
    write(folder, "offering/__init__.py", "print('imported')", imports="")
    write(folder, "offering/agents.py", AGENTS)
    write(folder, "offering/worlds.py", WORLDS)
    described = "Metadata-Version: 2.1\nName: offering\nVersion: {}\n"
    write(folder, "offering-1.dist-info/METADATA", described.format("1.5"), imports="")
    write(folder, "offering-1.dist-info/RECORD", "offering/__init__.py,,\n", imports="")
    write(folder, "offering-1.dist-info/entry_points.txt", ENTRY_POINTS, imports="")
    return folder


@pytest.fixture
def offered(installed, monkeypatch):
    """The package is installed for this process."""
    monkeypatch.syspath_prepend(installed)
    monkeypatch.setattr("rlnotes.simulation.fingerprint.user_modules", set)  # pytest changes the code of the tests
    catalog.offered.cache_clear()
    with forgotten(), pytest.warns(UserWarning, match=re.escape(REFUSED.removeprefix("rlnotes: "))):
        yield
    catalog.offered.cache_clear()


@pytest.mark.parametrize("words", [["--help"], ["agent=offered_gredy"], ["env=offered_coridor"]])
def test_help_and_suggestions_know_them_without_importing_them(command, installed, words):
    finished = command(*words, PYTHONPATH=str(installed))
    text = finished.stdout + finished.stderr
    assert "imported" not in text
    if words == ["--help"]:
        assert re.search("offered_greedy +Play the best empirical arm.", text)
        assert re.search("offered_corridor +A corridor; its end pays 1.", text)
        assert re.search("absent +offering.absent:Absent", text)
    else:
        assert re.search(r"\(did you mean offered_(greedy|corridor)\?\)", text)


def test_a_name_of_the_catalogue_is_refused_in_one_line(command, installed):
    finished = command("agent=ucb", *QUICK, PYTHONPATH=str(installed))
    assert finished.returncode == 0
    assert [line for line in finished.stderr.splitlines() if "offer" in line] == [REFUSED]


@pytest.mark.usefixtures("offered")
def test_they_run_under_their_names(run, tmp_path):
    text = run("agent=random,offered_greedy", "env=gaussian_bandit", *QUICK)
    assert re.search("│ offered_greedy +│", text)
    [cell] = tmp_path.glob("results/cells/offered_greedy-gaussian_bandit-*")
    settings = (cell / "config.yaml").read_text()
    assert "class: offering.agents:Greedy" in settings
    assert "offering: '1.5'" in settings
    assert "rlnotes.base.schedule:" in settings  # such a package may import any file of this project
    assert "offered_corridor" in run("agent=value_iteration", "env=offered_corridor", *QUICK)


@pytest.mark.usefixtures("offered")
def test_a_package_that_lacks_what_it_offers_is_refused_in_one_line(run):
    with pytest.raises(SystemExit, match=r"^rlnotes: agent=absent: there is no module offering.absent$"):
        run("agent=absent", *QUICK)
