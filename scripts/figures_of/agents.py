"""The figure on the page of every agent of the documentation: what the command on that page draws."""

import shlex
from contextlib import chdir
from tempfile import TemporaryDirectory

import yaml
from matplotlib import pyplot
from pages_of import catalogue
from PIL import Image

from figures_of.drawing import IMAGES, figure, write
from rlnotes import catalog, compare
from rlnotes.comparison import Comparison

FOLDER = IMAGES / "agents"


@figure
def agents() -> None:
    """the figures on the pages of agents that have none yet; remove one of docs/images/agents to draw it again"""
    for name, place in catalog.CATALOGS["agent"].items():
        if not (FOLDER / f"{name}.png").exists():
            draw(name, place)


def draw(name: str, place: str) -> None:
    """Run the commands on the page of an agent, and draw its figure: of deep agents, the course of learning."""
    with TemporaryDirectory() as folder, chdir(folder):
        *_, comparison = map(compared, catalogue.commands("agent", name, place))
    file = FOLDER / f"{name}.png"
    write(comparison.plot("return" if "return" in comparison.metrics else None), file, dpi=80)
    Image.open(file).quantize(64).save(file, optimize=True)  # a third of the size
    pyplot.close("all")


def compared(command: str) -> Comparison:
    """The comparison that a command of a page makes, with its results in the present folder."""
    words = (word.partition("=") for word in shlex.split(command)[3:])
    settings = {key: yaml.safe_load(value) for key, _, value in words}
    made = {}
    for group in catalog.CATALOGS:
        own = {key.removeprefix(f"{group}."): settings.pop(key) for key in [*settings] if key.startswith(f"{group}.")}
        made[group] = catalog.make(group, settings.pop(group), own)
    return compare(*made.values(), results="results", **settings)
