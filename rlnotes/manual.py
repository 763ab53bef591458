"""What `--help` says, from the docstrings of what it speaks of."""

import inspect
from collections.abc import Iterable
from dataclasses import MISSING
from importlib.resources import files
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from rlnotes import catalog
from rlnotes.conf.settings import Plot, Settings
from rlnotes.envs.registered import Registered


def print_help(arguments: list[str]) -> None:
    """Help on the agents and environments that the arguments name, or on the whole command line."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    chosen = [
        (group, name)
        for group, _, names in (argument.partition("=") for argument in arguments)
        if group in catalog.CATALOGS
        for name in names.split(",")
    ]
    for group, name in chosen:
        describe(console, group, name)
    if not chosen:
        overview(console)


def describe(console: Console, group: str, name: str) -> None:
    """Print what a class says of itself, and its settings."""
    cls = catalog.find(group, name)
    console.print(f"{group}={name}\n")
    if cls is None:
        console.print("An environment of Gymnasium's.\n")
        rows = [(f"{group}.{key}", f"(default {shown(value)})") for key, value in Registered.defaults(name).items()]
    else:
        console.print(f"{inspect.getdoc(cls)}\n")
        rows = [
            (f"{group}.{field.name}", f"{meaning} (default {shown(field.default)})")
            for field, meaning in catalog.documented_fields(cls)
        ]
    section(console, "Settings:" if rows else "It has no settings.", rows)


def overview(console: Console) -> None:
    """Print the settings, the agents and the environments, a line each."""
    defaults = yaml.safe_load((files("rlnotes.conf") / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    chosen = {key: value for default in defaults if isinstance(default, dict) for key, value in default.items()}
    console.print("Run agents on environments, compare them and draw.\n\n    python -m rlnotes.run [key=value ...]\n")
    settings = [
        *catalog.documented_fields(Settings)[:-1],
        *((field, text) for field, text in catalog.documented_fields(Plot)),
    ]
    section(
        console,
        "Settings:",
        (
            (
                f"plot.{field.name}" if field.name in Plot.__dataclass_fields__ else field.name,
                f"{meaning} (default {chosen.get(field.name) or shown(field.default)})",
            )
            for field, meaning in settings
        ),
    )
    for group, heading in (
        ("agent", "Agents, agent=NAME:"),
        ("env", "Environments, env=NAME, or an id of Gymnasium's:"),
    ):
        section(console, heading, ((name, catalog.summary(path)) for name, path in catalog.CATALOGS[group].items()))
    console.print(
        "A comma anywhere sweeps and compares: agent=etc,ucb or agent=ucb agent.delta=0.1,0.01 or seed=0,1,2.\n"
        "agent=NAME --help and env=NAME --help tell the settings agent.FIELD= and env.FIELD= of one.\n"
        "hydra/launcher=joblib runs the cells on all cores, hydra/launcher=ray on a cluster; --hydra-help tells more."
    )


def section(console: Console, heading: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print a heading and under it two columns."""
    table = Table.grid(padding=(0, 2, 0, 2))
    table.add_column(no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(heading)
    if table.row_count:
        console.print(table, "")


def shown(value: Any) -> str:
    """A default as the command line has it."""
    return (
        "none"
        if value is MISSING
        else "null"
        if value is None
        else str(value).lower()
        if value in (True, False)
        else str(value)
    )
