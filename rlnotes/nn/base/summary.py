"""A table of the layers of a network."""

import inspect
import re

from rich.table import Table
from torch import nn


def notes(module: nn.Module) -> str:
    """The notes that the docstring of a module cites."""
    return ", ".join(re.findall(r"\[notes ([^]]*)\]", inspect.getdoc(type(module)) or ""))


def table(network: nn.Module) -> Table:
    """A table with one row per part of a network: its layer, the notes about it, and its number of parameters."""
    rows = Table(show_footer=True)
    total = sum(parameter.numel() for parameter in network.parameters())
    rows.add_column("part", footer="total")
    rows.add_column("layer")
    rows.add_column("notes")
    rows.add_column("parameters", justify="right", footer=f"{total:,}")
    for path, module in network.named_modules():
        if path:
            depth, name = path.count("."), path.rpartition(".")[2]
            kind = f"{type(module).__name__}({'' if list(module.children()) else module.extra_repr()})"
            count = sum(parameter.numel() for parameter in module.parameters())
            rows.add_row("  " * depth + name, kind.replace("()", ""), notes(module), f"{count:,}" if count else "")
    return rows
