"""The figure on the page of every agent: what its command draws. Run as a module, it draws all of them."""

import os
import shlex
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import matplotlib
import yaml
from matplotlib import pyplot

from pages_of import catalogue
from pages_of.page import PAGES, ROOT, written
from rlnotes import catalog, compare

RESULTS = ROOT / "docs" / "_build" / "results"
"""folder for the cells, so that a build computes only those whose code has changed"""


def pages() -> None:
    """Draw the figures of all agents, in other processes, so that Sphinx loads no agent."""
    subprocess.run(
        [sys.executable, "-m", "pages_of.figures"], check=True, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    written.update(PAGES / "agents" / f"{name}.png" for name in catalog.CATALOGS["agent"])


def draw(name: str) -> None:
    """Run the command on the page of an agent, and draw its figure. An error names the agent."""
    matplotlib.use("agg")
    words = catalogue.command("agent", name, catalog.CATALOGS["agent"][name])
    settings = {
        key: yaml.safe_load(value) for key, _, value in (word.partition("=") for word in shlex.split(words)[3:])
    }
    of_env = {key.removeprefix("env."): settings.pop(key) for key in [*settings] if key.startswith("env.")}
    env = catalog.make("env", settings.pop("env"), of_env)
    try:
        comparison = compare(settings.pop("agent"), env, **settings, results=RESULTS, progress=False)
        metric = "return" if "return" in comparison.metrics else None  # of deep agents, the course of learning
        comparison.plot(metric).savefig(PAGES / "agents" / f"{name}.png", dpi=80)
        pyplot.close("all")
    except Exception as error:
        raise RuntimeError(f"the figure of agent={name} cannot be drawn: {error}") from error


if __name__ == "__main__":
    (PAGES / "agents").mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(draw, reversed(catalog.CATALOGS["agent"])))  # those with networks first, which take longest
