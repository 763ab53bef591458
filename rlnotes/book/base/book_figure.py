"""The contract of a figure of the book."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from gymnasium.vector import VectorEnv
from matplotlib.figure import Figure

from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.base.record import Record
from rlnotes.book import FIGURES
from rlnotes.envs.base.environment import Environment
from rlnotes.experiments.experiment import Experiment, Measured
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.recorder import Recorder
from rlnotes.simulation.simulate import simulate


@dataclass
class BookFigure(Experiment):
    """A figure of Sutton & Barto, Reinforcement Learning (2nd ed.); the first line of the docstring is its title."""

    @classmethod
    def title(cls) -> str:
        """The number of the figure in the book, and what it shows."""
        number = str(FIGURES.name(cls)).capitalize().replace("_", " ", 1).replace("_", ".")
        what = (inspect.getdoc(cls) or "").partition("\n")[0].rstrip(".")
        return f"{number}: {what}"

    def picture(self, found: Measured) -> Figure:
        """The picture of what was found, under its title."""
        figure = super().picture(found)
        figure.suptitle(self.title(), fontsize="medium", wrap=True)
        return figure


@dataclass
class SimulatedFigure(BookFigure):
    """A figure of the book with numbers from independent runs of agents."""

    runs: int = 100
    """independent runs of each agent, 1 or more"""

    seed: int = 0
    """seed of all random numbers"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("runs", 1)
        self.require_at_least("seed", 0)

    def record(self, agent: Agent, env: Environment, steps: int = 1, episodes: int | None = None) -> Record:
        """The record of an agent on an environment in so many steps, or episodes."""
        return simulate(Cell(agent, env, steps, self.runs, self.seed, episodes)).data

    def course(
        self, agent: Agent, env: Environment, points: np.ndarray, look: Callable[[], np.ndarray], block: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean number of episodes that have ended after each of these numbers of steps, and what `look` then sees.

        `look` reads the agent, which begins here; what it returns is stacked: [points, ...]. Blocks of runs have random
        numbers of their own.
        """
        for_env, for_agent = np.random.SeedSequence(self.seed, spawn_key=(block,)).spawn(2)
        seed, steps = int(for_env.generate_state(1, np.uint64)[0]), int(points[-1])
        recorder = Recorder(env.batch(self.runs), steps=steps, seed=seed, discount=env.discount)
        agent.begin(Problem.of(env, recorder, steps), np.random.default_rng(for_agent))
        episodes, seen = zip(
            *((recorder.episode_log.episodes.mean(), look()) for _ in learning(agent, recorder, points)), strict=True
        )
        return np.array(episodes), np.array(seen)


def learning(agent: Agent, env: VectorEnv, points: np.ndarray) -> Iterator[int]:
    """Let an agent learn until each of these numbers of steps, which grow; yields them. 0 is before the first step."""
    observation, _ = env.reset()
    for begin, end in zip([0, *points[:-1]], points, strict=True):
        observation = agent.go_on(env, observation, int(end - begin))
        yield int(end)
