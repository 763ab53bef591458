"""`python -m rlnotes.nn [setting=value ...]`: the layers of a network, their notes, and its parameters."""

import sys
from dataclasses import dataclass, fields
from inspect import formatannotation
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console
from rich.markup import escape
from yaml import YAMLError

from rlnotes.base.errors import SettingError

try:
    from rlnotes.nn.base.summary import table
    from rlnotes.nn.network import Network
except ModuleNotFoundError as error:
    sys.exit(f"rlnotes.nn needs {error.name}: pip install -c constraints.txt -e '.[deep]'")


@dataclass
class Shown(Network):
    """A network, and what it is to take in and to give."""

    observation: str | None = None
    """sides of an observation, such as 4, or 84x84x3 of an image; null: 4, or 16x16x3 of a cnn"""

    actions: int = 2
    """numbers that come out"""


def parse(words: list[str]) -> Shown:
    """The settings that the words give; `ValueError` where there is no such setting, or it is of another type."""
    values: dict[str, Any] = {}
    meant = {field.name: field.type for field in fields(Shown)}
    for word in words:
        name = word.partition("=")[0]
        if name not in meant:
            raise SettingError.choice("setting", name, meant)
        try:
            given = OmegaConf.merge(OmegaConf.structured(Shown), OmegaConf.from_dotlist([word]))
            values |= {name: getattr(OmegaConf.to_object(given), name)}
        except (OmegaConfBaseException, YAMLError):
            raise SettingError(name, word.partition("=")[2], f"must be {formatannotation(meant[name])}") from None
    return Shown(**values)


def defaults() -> list[str]:
    """The settings with their values where they are not told."""
    return [f"{name}={value}" for name, value in vars(Shown()).items()]


def show(words: list[str]) -> None:
    """Print the network that the words describe; `ValueError` where it cannot be built."""
    shown = parse(words)
    sides = (shown.observation or ("16x16x3" if shown.body == "cnn" else "4")).split("x")
    if not all(side.isdecimal() and int(side) for side in sides):
        raise SettingError("observation", shown.observation, "must be sides such as 4, or 84x84x3")
    if shown.actions < 1:
        raise SettingError("actions", shown.actions, "must be 1 or more")
    shape = tuple(int(side) for side in sides)
    space = Box(0, 255, shape, np.uint8) if len(shape) > 1 else Box(-np.inf, np.inf, shape)
    network = shown.action_values(space, Discrete(shown.actions))
    settings = ", ".join(f"{field.name}={getattr(shown, field.name)}" for field in fields(Network))
    console = Console(highlight=False)
    console.print(escape(f"{settings}, observation={'x'.join(sides)}, actions={shown.actions}"), table(network))


def main() -> None:
    """The command line; status 1 and one line where there is no such network."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__, "", "Settings, as of rlnotes.nn.network.Network:", *(f"    {f}" for f in defaults()), sep="\n")
        return
    try:
        show(sys.argv[1:])
    except (MemoryError, OverflowError, RuntimeError):
        sys.exit("rlnotes.nn: the network is too large")
    except ValueError as error:
        sys.exit(f"rlnotes.nn: {error}")


if __name__ == "__main__":
    main()
