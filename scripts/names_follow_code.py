"""Whether the name of a cell changes with every function that decides its numbers.

    python scripts/names_follow_code.py [FUNCTIONS] [SEED]

Changes functions of a copy of the project, one at a time and drawn at random: a number, an operator or a comparison.
Then it computes a cell of scripts/same_numbers.py whose name covers the file. Prints every change that alters the
numbers of a cell and not its name, and exits with 1 if there is one.
"""

import ast
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import yaml
from same_numbers import CELLS, compute, data, name

HERE = Path(__file__).parents[1]
FOLDERS = ("rlnotes/base", "rlnotes/nn", "rlnotes/simulation", "envs", "agents")
"""the rooms that decide numbers"""
OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult}
OTHER |= {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
"""what takes the place of an operator"""


def places(function: ast.FunctionDef) -> list[ast.AST]:
    """The nodes of a function that `change` can change."""
    return [
        node
        for statement in function.body
        for node in ast.walk(statement)
        if (isinstance(node, ast.Constant) and type(node.value) in (int, float))
        or (isinstance(node, ast.BinOp) and type(node.op) in OTHER)
        or (isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER)
    ]


def change(node: ast.AST) -> None:
    """Change a node in place."""
    if isinstance(node, ast.Constant):
        node.value += 1
    elif isinstance(node, ast.BinOp):
        node.op = OTHER[type(node.op)]()
    elif isinstance(node, ast.Compare):
        node.ops[0] = OTHER[type(node.ops[0])]()


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions of a file that can be changed."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and places(node)]


def candidates() -> Iterator[tuple[Path, int]]:
    """File and number of every function that can be changed."""
    for folder in FOLDERS:
        for file in sorted((HERE / folder).rglob("*.py")):
            for number, _ in enumerate(functions(ast.parse(file.read_text(encoding="utf-8")))):
                yield file.relative_to(HERE), number


def module_of(file: Path) -> str:
    """The module of a file."""
    parts = file.with_suffix("").parts
    return ".".join(parts if parts[0] == "rlnotes" else ("rlnotes", *parts))


def result(folder: Path, line: str) -> tuple[str, bytes]:
    """The name of a computed cell, and its numbers."""
    [cell] = (folder / name(line)).glob("cells/*")
    return cell.name, data(folder, line)


def main() -> None:
    """Try the functions, and report."""
    count, seed = map(int, sys.argv[1:] + ["300", "0"][len(sys.argv) - 1 :])
    rng = random.Random(seed)
    chosen = rng.sample(found := list(candidates()), min(count, len(found)))
    lines = CELLS.strip().splitlines()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        work = Path(temporary)
        compute(HERE, work / "before", lines)
        before = {line: result(work / "before", line) for line in lines}
        files = {line: next((work / "before" / name(line)).glob("cells/*/config.yaml")) for line in lines}
        covers = {line: yaml.safe_load(file.read_text(encoding="utf-8"))["code"].keys() for line, file in files.items()}
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(2):
            for folder in ("rlnotes", "envs", "agents"):
                shutil.copytree(HERE / folder, work / f"copy{number}" / folder, symlinks=True)
            copies.put(work / f"copy{number}")

        def attempt(number: int) -> str | None:
            """Change one function; a sentence if that changes numbers and no name."""
            file, which = chosen[number]
            draw = random.Random(f"{seed} {file} {which}")
            covering = [line for line in lines if module_of(file) in covers[line]]
            line, copy = draw.choice(covering or lines), copies.get()
            tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
            function = functions(tree)[which]
            change(node := draw.choice(places(function)))
            try:
                (copy / file).write_text(ast.unparse(tree), encoding="utf-8")
                compute(copy, work / f"{number}", [line])
                after = result(work / f"{number}", line)
            except (SystemExit, ValueError):
                return "broken"
            finally:
                shutil.copy2(HERE / file, copy / file)
                copies.put(copy)
            if after[1] == before[line][1]:
                return "same numbers"
            if after[0] != before[line][0]:
                return "another name"
            return f"{file}, {function.name}, line {node.lineno}: {line}"  # type: ignore[attr-defined]

        outcomes = list(pool.map(attempt, range(len(chosen))))
    kinds = ("another name", "same numbers", "broken")
    print(", ".join(f"{outcomes.count(kind)} {kind}" for kind in kinds))
    wrong = [outcome for outcome in outcomes if outcome not in kinds]
    sys.exit("\n".join(["the same name for other numbers:", *map(str, wrong)]) if wrong else 0)


if __name__ == "__main__":
    main()
