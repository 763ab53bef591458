"""The structure of the project: its floors, its catalogue folders, the size of its parts, and what is loaded when."""

import ast
import configparser
import inspect
import os
import subprocess
import sys
import venv
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from support.imports import MODULES, ROOT, imported, imports, parsed

from rlnotes import catalog
from rlnotes.base.class_table import Catalog, load_class
from rlnotes.cli import help

FLOORS = [
    ["base"],
    ["own_code"],
    ["settings", "nn", "data"],
    ["envs.base"],
    ["envs.bandits.base", "envs.control.base", "envs.mdps.base"],
    ["envs.bandits", "envs.mdps", "envs.control"],
    ["envs.registered"],
    ["envs"],
    ["agents.base"],
    ["agents.bandits.base", "agents.planning.base", "agents.tabular.base", "agents.deep.base"],
    ["agents.deep.sb3.base", "agents.linear.base"],
    ["agents.bandits", "agents.planning", "agents.tabular", "agents.linear"],
    ["agents.deep", "agents.deep.sb3", "agents.random"],
    ["agents.deep.imitation.base"],
    ["agents.deep.imitation"],
    ["agents"],
    ["catalog"],
    ["simulation"],
    ["off_policy.base"],
    ["off_policy"],
    ["analysis"],
    ["figures"],
    ["report"],
    ["comparison"],
    ["cli"],
    ["experiments"],
    ["book", "studies"],
    ["run"],
    ["__main__"],
]
"""the rooms of rlnotes from the ground up; a room imports rooms of lower floors, and none of its own floor"""
HEIGHT = {f"rlnotes.{room}": height for height, floor in enumerate(FLOORS) for room in floor}
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SCRIPTS = sorted((ROOT / "scripts").rglob("*.py"))


def room(module):
    """The room of a module: the longest name in `FLOORS` that its name begins with."""
    while module not in HEIGHT:
        module = module.rpartition(".")[0]
        assert module, "a module outside all rooms: add its room to FLOORS"
    return module


def test_rooms_import_rooms_of_lower_floors_only():
    wrong = [
        f"{module} imports {name}"
        for module in MODULES.keys() - {"rlnotes"}
        for name in imported(module)
        if name != "rlnotes" and room(name) != room(module) and HEIGHT[room(name)] >= HEIGHT[room(module)]
    ]
    assert not wrong


def test_the_package_imports_no_room_before_it_is_used():
    assert not imported("rlnotes")


def test_no_imports_form_a_circle():
    try:
        TopologicalSorter({module: imported(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_no_test_module_imports_another():
    names = {path.stem for path in TESTS if path.stem.startswith("test_")}
    wrong = [f"{path} imports {name}" for path in TESTS for name in imports(path) if names & set(name.split("."))]
    assert not wrong


CATALOGUED = {path.partition(":")[0] for names in catalog.CATALOGS.values() for path in names.values()}


@pytest.mark.parametrize("folder", sorted({module.rpartition(".")[0] for module in CATALOGUED} - {"rlnotes.agents"}))
def test_a_catalogue_folder_holds_one_catalogued_class_per_file(folder):
    """Everything that the classes share is in the folder `base` beside them."""
    files = {module for module in MODULES if module.rpartition(".")[0] == folder and not is_package(module)}
    assert files == {module for module in CATALOGUED if module.rpartition(".")[0] == folder}
    folders = {module.rpartition(".")[2] for module in MODULES if module.rpartition(".")[0] == folder} - {
        module.rpartition(".")[2] for module in files
    }
    assert folders <= ({"base", "imitation", "sb3"} if folder == "rlnotes.agents.deep" else {"base"})


def is_package(module):
    return MODULES[module].name == "__init__.py"


def test_the_list_of_packages_matches_the_folders():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    listed = parser["options"]["packages"].split()
    assert sorted(listed) == sorted(module for module in MODULES if is_package(module))


def test_no_class_is_longer_than_150_lines():
    for path in [*MODULES.values(), *SCRIPTS, *TESTS]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                assert node.end_lineno - node.lineno < 150, f"{node.name} in {path}"


def test_no_file_is_longer_than_300_lines():
    for path in [*MODULES.values(), *SCRIPTS, *TESTS]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


def calls_of_kernels(module):
    """Each kernel of a module, as its syntax tree, with the names that it calls."""
    for node in ast.walk(parsed(MODULES[module])):
        if isinstance(node, ast.FunctionDef) and any("kernel(" in ast.unparse(word) for word in node.decorator_list):
            body = ast.Module(node.body, [])
            yield node, {ast.unparse(call.func) for call in ast.walk(body) if isinstance(call, ast.Call)}


def from_other_files(path):
    """The names by which a file knows what it imports from the project."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rlnotes"):
            yield from (alias.asname or alias.name for alias in node.names)


def test_a_kernel_calls_only_kernels_of_its_own_file():
    """Numba's cache does not notice a change in another file."""
    wrong = []
    for module, path in MODULES.items():
        others = set(from_other_files(path))
        for kernel, called in calls_of_kernels(module):
            wrong += [f"{kernel.name} in {module} calls {name}" for name in called if name.partition(".")[0] in others]
    assert not wrong


def notes(*chosen):
    """What scripts/notes.py prints."""
    command = [sys.executable, ROOT / "scripts" / "notes.py", *chosen]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_note_has_code_and_a_test():
    printed = notes()
    assert printed.returncode == 0, printed.stderr


def test_the_code_and_the_tests_of_one_note_are_printed_in_plain_lines():
    lines = notes("1.5").stdout.splitlines()
    assert {"1.5", "  agents/bandits/ucb.py::UCB"} <= set(lines)
    assert any(line.startswith("  tests/agents/bandits/test_bandit_agents.py::test_notes_1_4") for line in lines)
    assert notes("9.99").stderr.startswith("note 9.99: unknown; NOTES.md has 1.1, ")


def test_without_torch_the_layers_say_what_to_install():
    words = "import sys, runpy; sys.modules['torch'] = None; runpy.run_module('rlnotes.nn', run_name='__main__')"
    printed = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert "rlnotes.nn needs torch: pip install -c constraints.txt -e '.[deep]'" in printed.stderr.splitlines()[-1]
    assert "Traceback" not in printed.stderr


def test_the_links_are_relative():
    for part in ("envs", "agents"):
        assert os.readlink(ROOT / "rlnotes" / part) == f"../{part}"


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import rlnotes", ["numpy", "torch", "matplotlib", "hydra"]),
        ("import rlnotes.envs, rlnotes.agents", ["numba", "torch", "matplotlib", "hydra", "stable_baselines3"]),
        ("from rlnotes import compare", ["torch", "matplotlib", "hydra", "pandas", "stable_baselines3", "jinja2"]),
        ("import rlnotes.cli.hydra_app", ["torch", "matplotlib", "pandas", "stable_baselines3"]),
        ("from rlnotes.cli.help import print_help; print_help([])", ["numba", "torch", "matplotlib", "hydra", "scipy"]),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(statement, absent):
    code = f"import sys; {statement}; print([name for name in {absent} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "[]"


@pytest.mark.parametrize("group", catalog.CATALOGS)
def test_every_name_of_the_catalogue_is_a_class_with_a_short_first_line(group):
    names: Catalog = catalog.CATALOGS[group]
    for name, path in names.items():
        cls = load_class(path)
        assert names.name(cls) == name
        assert names.attribute(cls.__name__) is cls
        assert cls.__name__ in names.classes
        assert help.docstring(path) == inspect.getdoc(cls)
        assert len(help.docstring(path).partition("\n")[0]) <= 80
        assert [setting.name for setting in help.settings(path)] == list(cls().setting_values())


@pytest.mark.slow
def test_a_wheel_from_the_sdist_works_outside_the_checkout(tmp_path):
    """In a new environment that sees this one's dependencies but not its rlnotes. Nothing is compiled, to be quick."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "dist", ROOT]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", tmp_path / "installed", wheel], check=True, capture_output=True)
    paths = str(tmp_path / "installed"), str(Path(pytest.__file__).parents[1])
    run = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-m", "rlnotes.run", "agent=ucb", "steps=10", "runs=5"],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join(paths), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.glob("results/*/regret.png"))
    assert list(tmp_path.glob("results/*/report.html"))
    assert list((tmp_path / "installed" / "rlnotes" / "agents").rglob("ucb.*.pyc"))  # the installed package has run
