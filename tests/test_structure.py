"""The floors of the house: who imports whom, what is loaded when, and what is packed."""

import ast
import configparser
import inspect
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from rlnotes import catalog
from rlnotes.base.class_table import Catalog, load
from rlnotes.cli import help

ROOT = Path(__file__).parents[1]
MODULES = {
    f"rlnotes.{path.relative_to(ROOT).with_suffix('').as_posix().replace('/', '.')}": path
    for part in ("envs", "agents")
    for path in (ROOT / part).rglob("*.py")
} | {
    f"rlnotes.{path.relative_to(ROOT / 'rlnotes').with_suffix('').as_posix().replace('/', '.')}": path
    for folder in ("", "conf", "nn")
    for path in (ROOT / "rlnotes" / folder).glob("*.py")
}


def imports(path):
    """Names of the modules that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    ("floor", "may_import"),
    [
        ("rlnotes.nn", ("rlnotes.nn",)),
        ("rlnotes.envs", ("rlnotes.envs",)),
        ("rlnotes.agents", ("rlnotes.envs", "rlnotes.agents", "rlnotes.nn")),
    ],
)
def test_layers_import_nothing_else_environments_no_agents_and_agents_no_laboratory(floor, may_import):
    for module, path in MODULES.items():
        if module.startswith(floor):
            for name in imports(path):
                assert not name.startswith("rlnotes") or name.startswith(may_import), f"{module} imports {name}"


def test_the_package_list_is_the_folders_with_code():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    listed = parser["options"]["packages"].split()
    folders = {".".join(module.split(".")[:-1]) for module in MODULES}
    assert sorted(listed) == sorted(folders)


def test_every_note_has_code_and_a_test():
    printed = subprocess.run(
        [sys.executable, ROOT / "scripts" / "notes.py"], capture_output=True, text=True, check=False
    )
    assert printed.returncode == 0, printed.stderr


def test_without_torch_the_layers_say_what_to_install():
    """In a process that is told that there is no torch."""
    words = "import sys, runpy; sys.modules['torch'] = None; runpy.run_module('rlnotes.nn', run_name='__main__')"
    printed = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert "rlnotes.nn needs torch: pip install -c constraints.txt -e '.[deep]'" in printed.stderr.splitlines()[-1]
    assert "Traceback" not in printed.stderr


def test_the_links_are_relative():
    for part in ("envs", "agents"):
        assert os.readlink(ROOT / "rlnotes" / part) == f"../{part}"


def test_no_file_is_longer_than_300_lines():
    for path in [*MODULES.values(), *(ROOT / "scripts").glob("*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import rlnotes", ["numpy", "torch", "matplotlib", "hydra"]),
        ("import rlnotes.envs, rlnotes.agents", ["numba", "torch", "matplotlib", "hydra", "stable_baselines3"]),
        ("from rlnotes import compare", ["torch", "matplotlib", "hydra", "pandas", "stable_baselines3"]),
        ("import rlnotes.cli.hydra_app", ["torch", "matplotlib", "pandas", "stable_baselines3"]),
        ("from rlnotes.cli.help import print_help; print_help([])", ["numba", "torch", "matplotlib", "hydra", "scipy"]),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(statement, absent):
    code = f"import sys; {statement}; print([name for name in {absent} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "[]"


@pytest.mark.parametrize("group", catalog.CATALOGS)
def test_every_name_of_the_catalogue_is_a_class_with_a_line_to_say(group):
    names: Catalog = catalog.CATALOGS[group]
    for name, path in names.items():
        cls = load(path)
        assert names.name(cls) == name
        assert names.attribute(cls.__name__) is cls
        assert cls.__name__ in names.classes
        assert help.docstring(path) == inspect.getdoc(cls)
        assert len(help.docstring(path).partition("\n")[0]) <= 80
        assert [setting.name for setting in help.settings(path)] == list(cls().setting_values())


def test_a_wheel_from_the_sdist_works_outside_the_checkout(tmp_path):
    """In a new environment that sees this one's dependencies but not its rlnotes."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "dist", ROOT]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        tmp_path / "installed",
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)
    run = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-m", "rlnotes.run", "agent=ucb", "steps=10", "runs=5"],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path / "installed"), str(Path(pytest.__file__).parents[1])])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.glob("results/*/regret.png"))
    assert list((tmp_path / "installed" / "rlnotes" / "agents").rglob("*.nbi"))  # it was this one that ran
