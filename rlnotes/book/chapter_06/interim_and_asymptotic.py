"""Figure 6.3: learning on the cliff by step size."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import SARSA, ExpectedSARSA, QLearning
from rlnotes.agents.base.agent import Agent
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import CliffWalking
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, frame

AGENTS: dict[str, Callable[[float], Agent]] = {
    "Expected SARSA": lambda alpha: ExpectedSARSA(alpha=alpha, epsilon=0.1),
    "SARSA": lambda alpha: SARSA(alpha=alpha, epsilon=0.1),
    "Q-learning": lambda alpha: QLearning(alpha=alpha, epsilon=0.1),
}
ALPHAS = np.linspace(0.1, 1, 10)
INTERIM = 100
"""episodes of the interim performance"""


@dataclass
class InterimAndAsymptotic(SimulatedFigure):
    """Interim and asymptotic performance of TD control on the cliff, by α.

    The cliff is deterministic, so all randomness is that of the policy. Expected SARSA averages over it and can use
    α = 1, while SARSA then learns from single random moves. The book has 100,000 episodes, and 50,000 runs of the
    first 100; here are fewer.
    """

    size = (7.4, 4.5)

    runs: int = 50

    episodes: int = 2_000
    """episodes of the asymptotic performance, 100 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", INTERIM)

    def measure(self) -> Measured:
        found: Measured = {"alpha": ALPHAS}
        for label, make in AGENTS.items():
            records = [self.record(make(float(alpha)), CliffWalking(), episodes=self.episodes) for alpha in ALPHAS]
            found[f"interim, {label}"] = np.array([data["returns"][:, :INTERIM].mean() for data in records])
            found[f"asymptotic, {label}"] = np.array([data["returns"].mean() for data in records])
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        for (label, colour), mark in zip(zip(AGENTS, COLOURS, strict=False), "xvs", strict=True):
            for name, style, number in (("interim", "--", INTERIM), ("asymptotic", "-", self.episodes)):
                words = f"{label}, {number:,} episodes"
                axes.plot(found["alpha"], found[f"{name}, {label}"], mark, linestyle=style, color=colour, label=words)
        axes.set(xlabel="α", ylabel="sum of rewards per episode", ylim=(-160, 0))
        axes.legend(frameon=False, fontsize="small", ncols=2, loc="lower center")
        frame(axes)

    def conclude(self, found: Measured) -> str:
        ends = ", ".join(f"{found[f'asymptotic, {label}'][-1]:.0f} ({label})" for label in AGENTS)
        return f"With α = 1 the mean return of {self.episodes:,} episodes is {ends}."
