"""The layers of a network in a table."""

import inspect
import re

from rich.table import Table
from torch import nn


def notes(module: nn.Module) -> str:
    """The numbers of the notes that the docstring of a module cites."""
    return ", ".join(re.findall(r"\[notes ([^]]*)\]", inspect.getdoc(type(module)) or ""))


def table(network: nn.Module) -> Table:
    """A line for each part of a network: what it is, the notes that it is in, and how many parameters it has."""
    lines = Table(show_footer=True)
    total = sum(parameter.numel() for parameter in network.parameters())
    lines.add_column("part", footer="in all")
    lines.add_column("layer")
    lines.add_column("notes")
    lines.add_column("parameters", justify="right", footer=f"{total:,}")
    for path, module in network.named_modules():
        if path:
            depth, name = path.count("."), path.rpartition(".")[2]
            kind = f"{type(module).__name__}({'' if list(module.children()) else module.extra_repr()})"
            count = sum(parameter.numel() for parameter in module.parameters())
            lines.add_row("  " * depth + name, kind.replace("()", ""), notes(module), f"{count:,}" if count else "")
    return lines
