"""Speed of bandits and of their agents."""

from contextlib import suppress
from statistics import median

from rich.table import Table

from rlnotes import agents, catalog
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.base.agent import Agent
from rlnotes.base.class_table import load_class
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, GaussianBandit, LinearBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate
from speed_of.floor import REPEATS, RUNS, floor

FORMS = {
    "thompson": [{}, {"posterior": "beta"}],
    "kl_ucb": [{}, {"divergence": "bernoulli"}],
    "kl_ucb_plus_plus": [{}, {"divergence": "bernoulli"}],
    "imed": [{}, {"divergence": "bernoulli"}],
    "bayes_ucb": [{}, {"posterior": "beta"}],
}
"""settings of the agents that have a form for Gaussian rewards and one for rewards 0 and 1"""


def bandits(steps: int = 1_000) -> Table:
    """Each number is the time of a pull divided by the noise floor, the time that NumPy's generator needs to draw one
    standard normal number; in brackets are nanoseconds. A pull is the step of environment, agent and recorder together,
    with k arms. Each agent plays the first bandit that it accepts of the Gaussian, the Bernoulli and the linear one. A
    pull of the linear bandit draws five normal numbers for each arm.
    """
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core")
    table.add_column("agent")
    table.add_column("bandit")
    arms = (2, 10, 100)
    for k in arms:
        table.add_column(f"k = {k}", justify="right")
    players = [
        catalog.make("agent", name, settings)
        for name, path in agents.CATALOG.items()
        if name == "random" or issubclass(load_class(path), BanditAgent | LinearAgent)
        for settings in FORMS.get(name, [{}])
    ]
    floors = []
    for agent in players:
        row = []
        for k in arms:
            cell = accepted(agent, k, steps)
            pairs = [(simulate(cell).seconds, floor(steps)) for _ in range(REPEATS)]
            floors += [noise for _, noise in pairs]
            cost = median(seconds for seconds, _ in pairs) / (steps * RUNS) * 1e9
            row.append(f"{median(seconds / noise for seconds, noise in pairs):.2f} ({cost:.1f})")
        table.add_row(catalog.describe(agent), catalog.name(cell.env).removesuffix("_bandit"), *row)
    table.caption = f"Noise floor {median(floors) / (steps * RUNS) * 1e9:.1f} ns"
    return table


def accepted(agent: Agent, k: int, steps: int) -> Cell:
    """The agent on the first bandit with k arms that it accepts."""
    for env in (GaussianBandit(arms=k), BernoulliBandit(arms=k)):
        with suppress(SettingError):
            return Cell(agent, env, steps=steps, runs=RUNS)
    return Cell(agent, LinearBandit(arms=k), steps=steps, runs=RUNS)
