"""`python -m rlnotes.nn [setting=value ...]`: the layers of a network, their notes, and its parameters."""

import sys
from dataclasses import dataclass, fields
from inspect import formatannotation

import numpy as np
from gymnasium.spaces import Box, Discrete
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console
from rich.markup import escape

from rlnotes.nn.network import Network
from rlnotes.nn.summary import table
from rlnotes.nn.unknown import unknown


@dataclass
class Shown(Network):
    """A network, and what it is to take in and to give."""

    observation: str | None = None
    """sides of an observation, such as 4, or 84x84x3 of an image; null: 4, or 16x16x3 of a cnn"""

    actions: int = 2
    """numbers that come out"""


def parse(words: list[str]) -> Shown:
    """The settings that the words give; `ValueError` where there is no such setting, or it is of another type."""
    given = OmegaConf.structured(Shown)
    meant = {field.name: field.type for field in fields(Shown)}
    for word in words:
        name = word.partition("=")[0]
        if name not in meant:
            raise unknown("setting", name, meant)
        try:
            given = OmegaConf.merge(given, OmegaConf.from_dotlist([word]))
        except OmegaConfBaseException:
            raise ValueError(f"{word}: must be {formatannotation(meant[name])}") from None
    shown = OmegaConf.to_object(given)
    assert isinstance(shown, Shown)
    return shown


def show(words: list[str]) -> None:
    """Print the network that the words describe; `ValueError` where it cannot be built."""
    shown = parse(words)
    sides = (shown.observation or ("16x16x3" if shown.body == "cnn" else "4")).split("x")
    if not all(side.isdigit() and int(side) for side in sides):
        raise ValueError(f"observation {shown.observation}: must be sides such as 4, or 84x84x3")
    shape = tuple(int(side) for side in sides)
    space = Box(0, 255, shape, np.uint8) if len(shape) > 1 else Box(-np.inf, np.inf, shape)
    network = shown.action_values(space, Discrete(shown.actions))
    settings = ", ".join(f"{field.name}={getattr(shown, field.name)}" for field in fields(Network))
    console = Console(highlight=False)
    console.print(escape(f"{settings}, observation={'x'.join(sides)}, actions={shown.actions}"), table(network))


def main() -> None:
    """The command line; status 1 and one line where there is no such network."""
    try:
        show(sys.argv[1:])
    except ValueError as error:
        sys.exit(f"rlnotes.nn: {error}")


if __name__ == "__main__":
    main()
