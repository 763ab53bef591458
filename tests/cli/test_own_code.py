"""Agents and environments from files of the user's, by the place of their class."""

import re
import sys

import pytest
from support.own_files import AGENTS, WORLDS, forgotten, loaded_from, write

from rlnotes import compare
from rlnotes.base.errors import SettingError

QUICK = ["steps=20", "runs=3"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with an agent and an environment, beside which no other file of the user's is loaded.

    The files of the tests are such files, and pytest changes their code.
    """
    write(tmp_path, "my_agents.py", AGENTS)
    write(tmp_path, "my_worlds.py", WORLDS)
    monkeypatch.setattr("rlnotes.simulation.fingerprint.user_modules", lambda: loaded_from(tmp_path))
    with forgotten():
        yield tmp_path


def names(folder):
    """The names of the stored cells, without their hashes."""
    return sorted(path.name.rsplit("-", 2)[0] for path in (folder / "results" / "cells").iterdir())


@pytest.mark.parametrize("place", ["my_agents:Greedy", "my_agents.py:Greedy", "./my_agents.py:Greedy"])
def test_an_agent_runs_beside_one_of_the_catalogue(run, folder, place):
    text = run(f"agent={place},ucb", *QUICK)
    assert re.search(r"│ Greedy +│", text)
    assert names(folder) == ["Greedy-gaussian_bandit", "ucb-gaussian_bandit"]
    [svg] = folder.glob("results/*/regret.svg")
    assert "Greedy" in svg.read_text()


def test_its_settings_are_swept_and_named(run):
    text = run("agent=my_agents:Greedy", "agent.epsilon=0.1,0.2", *QUICK)
    assert re.findall(r"│ (epsilon=\S+)", text) == ["epsilon=0.1", "epsilon=0.2"]


def test_an_environment_runs_with_its_settings(run, folder):
    text = run("agent=value_iteration,random", "env=my_worlds:Corridor", "env.length=3", *QUICK)
    assert "Corridor, discount=1.0, length=3" in text
    assert names(folder) == ["random-Corridor", "value_iteration-Corridor"]


@pytest.mark.parametrize("words", [["agent=my_agents:Greedy"], ["agent=sub/agent.py:Greedy"]])
def test_help_shows_the_docstring_and_the_settings(run, folder, words):
    write(folder, "sub/agent.py", AGENTS)
    text = run(*words, "--help")
    assert "Play the best empirical arm." in text
    assert "agent.epsilon  probability of a random arm (default 0.0)" in text


def test_files_of_one_name_in_two_folders_have_labels_of_their_own(run, folder):
    for name in ("anna", "bob"):
        write(folder, f"{name}/agent.py", AGENTS)
    text = run("agent=anna/agent.py:Greedy,bob/agent.py:Greedy", *QUICK)
    assert re.search(r"│ anna/agent.py:Greedy +│", text)
    assert re.search(r"│ bob/agent.py:Greedy +│", text)
    assert names(folder) == ["Greedy-gaussian_bandit"] * 2


def test_a_file_imports_the_files_beside_it_and_no_others(run, folder):
    for name in ("anna", "bob"):
        write(folder, f"{name}/agent.py", AGENTS, imports="from helpers import *\n")
        write(folder, f"{name}/helpers.py", "")
    run("agent=anna/agent.py:Greedy", *QUICK)
    with pytest.raises(SystemExit) as exit:
        run("agent=bob/agent.py:Greedy", *QUICK)
    refusal = "rlnotes: agent=bob/agent.py:Greedy: bob/agent.py imports helpers, which Python finds in "
    assert str(exit.value).startswith(refusal)


def test_a_class_with_a_name_of_the_catalogue_is_called_by_its_place(run, folder):
    write(folder, "my_agents.py", AGENTS.replace("Greedy", "ucb"))
    text = run("agent=my_agents:ucb,ucb", *QUICK)
    assert re.search(r"│ my_agents:ucb +│", text)
    assert names(folder) == ["my_agents_ucb-gaussian_bandit", "ucb-gaussian_bandit"]


def test_a_cell_is_computed_again_when_its_file_changes_and_not_beside_others(run, folder):
    write(folder, "other.py", AGENTS.replace("Greedy", "Other"))
    greedy, both = ["Greedy-gaussian_bandit"], ["Greedy-gaussian_bandit", "Other-gaussian_bandit"]
    with forgotten():
        run("agent=my_agents:Greedy", *QUICK)
    assert names(folder) == greedy
    with forgotten():
        run("agent=other:Other,my_agents:Greedy", *QUICK)
    assert names(folder) == both
    write(folder, "my_agents.py", AGENTS.replace("self.epsilon)", "0.5)"))
    with forgotten():
        run("agent=my_agents:Greedy", *QUICK)
    assert names(folder) == greedy + both


def test_a_file_that_is_imported_by_a_hidden_name_belongs_to_the_cell(run, folder):
    hidden = AGENTS.replace("self.epsilon)", "__import__('rate').RATE)")
    write(folder, "my_agents.py", hidden)
    write(folder, "other.py", "import rate\n" + AGENTS.replace("Greedy", "Other"))
    for rate in ("0.0", "1.0"):
        write(folder, "rate.py", f"RATE = {rate}\n")
        with forgotten():
            run("agent=other:Other,my_agents:Greedy", *QUICK)
    assert names(folder) == ["Greedy-gaussian_bandit"] * 2 + ["Other-gaussian_bandit"] * 2


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "ray"])
def test_other_processes_compute_the_cells_of_own_files(command, folder, launcher):
    write(folder, "sub/agent.py", AGENTS)
    words = "agent=ucb,my_agents:Greedy,sub/agent.py:Greedy", "env=gaussian_bandit,my_worlds:Shifted"
    finished = command(*words, f"hydra/launcher={launcher}", *QUICK)
    assert finished.returncode == 0, finished.stderr
    assert len(names(folder)) == 6  # a process that names a cell differently would add one


def test_places_are_names_in_python_too(folder, monkeypatch):
    monkeypatch.chdir(folder)
    comparison = compare(["my_agents:Greedy", "ucb"], steps=5, runs=2, progress=False)
    assert comparison["my_agents:Greedy"] is comparison["Greedy"]


MISTAKES = (
    AGENTS
    + """
    def begin(self, problem, rng):
        {begin}

@dataclass
class NoAct(BanditAgent): pass
class NoDataclass(Greedy):
    delta: float = 0.1
class NoAgent: pass
@dataclass
class NoDefault(BanditAgent):
    delta: float
    def act(self, observation): return self.argmax()
@dataclass
class NoNumbers(Greedy):
    def act(self, observation): return super().act(observation) / 2
@dataclass
class Array(Greedy):
    table: Any = np.zeros
agent = NoNumbers()
"""
)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("agent=my_agent:Greedy", "there is no module my_agent (did you mean my_agents?)"),
        ("agent=my_agent.py:Greedy", "there is no file my_agent.py (did you mean my_agents.py?)"),
        ("agent=my_agents", "names a file and no class in it; write agent=MODULE:CLASS or FILE.py:CLASS"),
        ("agent=my_agents.Greedy", "names a file and no class in it; write agent=MODULE:CLASS or FILE.py:CLASS"),
        ("agent=my_agents:Gredy", "my_agents has no Gredy (did you mean Greedy?); its classes are Greedy, NoAct, "),
        ("agent=my_agents:", "must be MODULE:CLASS or FILE.py:CLASS"),
        ("agent=ucb,my_agent:Greedy", "there is no module my_agent (did you mean my_agents?)"),
        (
            "agent=my_agents:agent",
            "must be a class, a subclass of Agent (rlnotes.agents.base.agent); it is of type NoNu",
        ),
        ("agent=my_agents:NoAgent", "must be a subclass of Agent (rlnotes.agents.base.agent)"),
        ("agent=my_worlds:Corridor", "must be a subclass of Agent (rlnotes.agents.base.agent)"),
        ("agent=my_agents:NoDataclass", "must be a dataclass: write @dataclass above class NoDataclass"),
        ("agent=my_agents:NoAct", "must define act()"),
        ("agent=my_agents:NoDefault", "must have a default for its setting delta"),
        ("agent=my_agents:Array", "must have defaults that a command can write, such as numbers, words and lists: "),
        ("env=my_worlds:MDP", "must define build()"),
        ("env=my_worlds:gymnasium", "must be a class, a subclass of Environment"),
        ("agent=broken:Greedy", "cannot be loaded: broken.py, line 2: ZeroDivisionError: division by zero"),
        ("agent=broken.py:Greedy", "cannot be loaded: broken.py, line 2: ZeroDivisionError: division by zero"),
        ("agent=unreadable:Greedy", "cannot be loaded: unreadable.py, line 1: SyntaxError: "),
        ("agent=needing:Greedy", "cannot be loaded: needing.py, line 1: ModuleNotFoundError: No module named 'absent'"),
        (
            "agent=my_agents:Greedy agent.epsilom=1",
            "agent.epsilom=1: unknown (did you mean epsilon?); my_agents:Greedy ",
        ),
        ("agent=my_agents:Greedy agent.epsilon=x", "agent.epsilon=x: must be a number"),
    ],
)
def test_a_mistake_is_refused_in_one_line(run, folder, words, message):
    write(folder, "my_agents.py", MISTAKES.format(begin="super().begin(problem, rng)"))
    write(folder, "broken.py", "1 / 0", imports="import math\n")
    write(folder, "unreadable.py", "def :", imports="")
    write(folder, "needing.py", "import absent", imports="")
    with pytest.raises(SystemExit) as exit:
        run(*words.split(), *QUICK)
    refusal = str(exit.value)
    setting, _, value = words.split()[0].partition("=")
    start = message if message.startswith("agent.") else f"{setting}={value.rpartition(',')[2]}: {message}"
    assert refusal.startswith(f"rlnotes: {start}")
    assert "\n" not in refusal
    assert not (folder / "results").exists()


@pytest.mark.parametrize("begin", ["pass", "self.best = self.k"])
def test_a_begin_without_that_of_its_base_is_refused(run, folder, begin):
    write(folder, "my_agents.py", MISTAKES.format(begin=begin).partition("@dataclass\nclass NoAct")[0])
    with pytest.raises(SystemExit, match=r"^rlnotes: agent=Greedy: its begin\(\) must first call super\(\).begin"):
        run("agent=my_agents:Greedy", *QUICK)


OWN = {
    "update": "    def update(self, transition): pass",
    "nan": "    def act(self, observation): return self.argmax_of(np.sqrt(-1 - self.counts))",
    "shape": "    def act(self, observation): return self.argmax_of(self.mean.T)",
    "signature": "    def act(self): return self.argmax()",
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("update", r"agent=Greedy: its update\(\) must first call super\(\).update\(transition\)$"),
        ("nan", r"my_agents.py, line \d+: ValueError: no arm has an index: all are NaN or −∞ \("),
        (
            "shape",
            r"my_agents.py, line \d+: ValueError: an index must be \[arms, runs\], \(10, 4\), not of shape \(4, 10\)",
        ),
        ("signature", r"TypeError: Greedy.act\(\) takes 1 .* but 2 were given, probably because of my_agents \(HYDRA"),
    ],
)
def test_a_mistake_in_a_method_is_refused_in_one_line(run, folder, own, message):
    write(folder, "my_agents.py", AGENTS + "\n" + OWN[own])
    with pytest.raises(SystemExit, match=f"^rlnotes: {message}"):
        run("agent=my_agents:Greedy", "steps=50", "runs=4")


@pytest.mark.parametrize("index", ["-self.counts", "self.mean.astype(np.float32)", "(self.mean.T + 0.0).T"])
def test_an_index_may_have_any_type_and_order_in_memory_and_an_action_may_be_a_list(run, folder, index):
    act = f"    def act(self, observation): return self.argmax_of({index}).tolist()"
    write(folder, "my_agents.py", AGENTS + "\n" + act)
    assert "│ Greedy │" in run("agent=my_agents:Greedy", "steps=50", "runs=4")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ("pass", r"TypeError: Corridor.build\(\) must return a Model, not None, probably because of my_worlds \("),
        (
            "return Model.from_function(range(2), 'ab', lambda s, a: [(1.0, s, 0.0, True)], start=0, discount=0.5)",
            r"ValueError: Corridor.build\(\) must pass discount=self.discount: its model has the discount 0.5, the",
        ),
    ],
)
def test_a_wrong_model_is_refused_in_one_line(run, folder, build, message):
    write(folder, "my_worlds.py", WORLDS + f"\n    def build(self):\n        {build}\n")
    with pytest.raises(SystemExit, match=f"^rlnotes: {message}"):
        run("agent=random", "env=my_worlds:Corridor", "steps=50", "runs=4")


def test_wrong_actions_are_refused_in_one_line(run, folder):
    write(folder, "my_agents.py", MISTAKES.format(begin="super().begin(problem, rng)"))
    with pytest.raises(
        SystemExit, match=r"^rlnotes: agent=NoNumbers: gave actions of type float64 in step 1; must be "
    ):
        run("agent=my_agents:NoNumbers", *QUICK)


@pytest.mark.parametrize("launcher", ["basic", pytest.param("joblib", marks=pytest.mark.slow)])
def test_an_error_in_own_code_is_one_line_with_its_place(command, folder, launcher):
    write(folder, "my_agents.py", AGENTS.replace("self.epsilon)", "self.absent)"))
    finished = command("agent=my_agents:Greedy", f"hydra/launcher={launcher}", *QUICK)
    line = len((folder / "my_agents.py").read_text().splitlines())
    [last] = re.findall("^rlnotes: my_agents.*", finished.stderr, re.MULTILINE)
    assert last.startswith(
        f"rlnotes: my_agents.py, line {line}: AttributeError: 'Greedy' object has no attribute 'absen"
    )
    assert "Traceback" not in finished.stderr


def test_types_in_text_are_types(run, folder):
    write(folder, "my_agents.py", AGENTS, imports="from __future__ import annotations\nfrom my_worlds import *\n")
    with pytest.raises(SystemExit, match=r"^rlnotes: agent.epsilon=x: must be a number$"):
        run("agent=my_agents:Greedy", "agent.epsilon=x", *QUICK)
    assert "epsilon=1.0" in run("agent=my_agents:Greedy", "agent.epsilon=1", *QUICK)


def test_a_refused_module_is_not_left_half_loaded(folder, monkeypatch):
    monkeypatch.chdir(folder)
    write(folder, "sub/half.py", AGENTS + "\n1 / 0\n")
    for _ in range(2):
        with pytest.raises(SettingError, match=r"cannot be loaded: sub/half.py, line \d+: ZeroDivisionError"):
            compare("sub/half.py:Greedy", steps=5, runs=2, progress=False)
    assert "sub/half" not in sys.modules
