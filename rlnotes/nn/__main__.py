"""`python -m rlnotes.nn [setting=value ...]`: show the layers of a network, their notes and their parameters."""

import sys
from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box, Discrete
from rich.console import Console
from rich.markup import escape

from rlnotes.base.errors import install_hint
from rlnotes.base.typed_settings import typed_settings

try:
    from rlnotes.nn.base.summary import table
    from rlnotes.nn.network import Network
except ModuleNotFoundError as error:
    sys.exit(f"rlnotes.nn needs {error.name}: {install_hint('deep')}")


@dataclass
class Shown(Network):
    """A network together with the shape of its observations and its number of outputs."""

    observation: str | None = None
    """shape of an observation, such as 4, or 84x84x3 for an image; null: 16x16x3 for a cnn, else 4"""

    actions: int = 2
    """number of outputs"""

    def __post_init__(self) -> None:
        super().__post_init__()
        sides = self.sides.split("x")
        fits = all(side.isdecimal() and int(side) for side in sides)
        self.require("observation", fits, "must be a shape such as 4, or 84x84x3")
        self.require_whole("actions", 1)

    @property
    def sides(self) -> str:
        """The shape of an observation."""
        if self.observation is None:
            return "16x16x3" if self.body == "cnn" else "4"
        return str(self.observation)

    @property
    def space(self) -> Box:
        """The space of observations: bytes if they have more than one axis, else real numbers."""
        shape = tuple(int(side) for side in self.sides.split("x"))
        return Box(0, 255, shape, np.uint8) if len(shape) > 1 else Box(-np.inf, np.inf, shape)


def show(words: list[str]) -> None:
    """Print the network that the words describe; raises `SettingError` if it cannot be built."""
    shown = typed_settings(Shown, words, "a network")
    network = shown.action_values(shown.space, Discrete(shown.actions))
    settings = shown.setting_values() | {"observation": shown.sides}
    console = Console(highlight=False)
    console.print(escape(", ".join(f"{name}={value}" for name, value in settings.items())), table(network))


def print_help() -> None:
    """Print the usage, and every setting with its default value."""
    defaults = [f"    {name}={value}" for name, value in Shown().setting_values().items()]
    print(__doc__, "", "Settings (rlnotes.nn.network.Network describes them):", *defaults, sep="\n")


def main() -> None:
    """Run the command line; exit with one line and status 1 if the network cannot be built."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print_help()
        return
    try:
        show(sys.argv[1:])
    except (MemoryError, OverflowError, RuntimeError):
        sys.exit("rlnotes.nn: the network is too large")
    except ValueError as error:
        sys.exit(f"rlnotes.nn: {error}")


if __name__ == "__main__":
    main()
