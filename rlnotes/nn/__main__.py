"""`python -m rlnotes.nn [setting=value ...]`: show the layers of a network, their notes and their parameters."""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console
from rich.markup import escape
from yaml import YAMLError

from rlnotes.base.errors import SettingError, install_hint

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


def parse(words: list[str]) -> Shown:
    """Parse words such as `body=cnn`; raises `SettingError` if a setting is unknown or its value is wrong."""
    defaults: dict[str, Any] = Shown().setting_values()
    values: Any = defaults
    typed = dict[str, str]()
    for word in words:
        name, _, text = word.partition("=")
        typed[name] = text
        if name not in defaults:
            raise SettingError.unknown(name, text, "a network", defaults)
        try:
            values = OmegaConf.to_container(OmegaConf.merge(values, OmegaConf.from_dotlist([word])), resolve=True)
        except (OmegaConfBaseException, YAMLError):
            raise SettingError(name, text, f"must be a value such as {defaults[name]}") from None
    try:
        return Shown(**values)
    except SettingError as error:  # the message shows the value as it was typed
        raise SettingError(error.setting, typed.get(error.setting, error.value), error.requirement) from None


def show(words: list[str]) -> None:
    """Print the network that the words describe; raises `SettingError` if it cannot be built."""
    shown = parse(words)
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
