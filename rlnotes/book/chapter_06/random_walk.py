"""Example 6.2: TD(0) and Monte Carlo on the random walk."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import TD, MonteCarloPrediction
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import RandomWalk
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, LINE_STYLES, frame

EPISODES = (1, 10, 100)
"""episodes after which the values of one run are drawn"""
AGENTS = {f"TD, α = {alpha}": TD(alpha=alpha, initial=0.5) for alpha in (0.05, 0.1, 0.15)} | {
    f"MC, α = {alpha}": MonteCarloPrediction(alpha=alpha, initial=0.5, every_visit=True)
    for alpha in (0.01, 0.02, 0.03, 0.04)
}


@dataclass
class WalkErrors(SimulatedFigure):
    """TD(0) and constant-α Monte Carlo on the random walk of five states.

    Left: the values of one run of TD(0) with α = 0.1. They come near the true ones and then keep moving, since α does
    not fall. Right: the error by the number of episodes; TD was better with the values of α that are drawn.
    """

    size = (11.0, 4.2)

    runs: int = 100

    def measure(self) -> Measured:
        found: Measured = {}
        for label, agent in AGENTS.items():
            data = self.record(agent, RandomWalk(), episodes=EPISODES[-1])
            found[label] = np.append(data["start_rmse"], data["rmse"].mean(axis=0))
            found["true"] = data["true_value"][1:-1]
        learnt = [self.record(AGENTS["TD, α = 0.1"], RandomWalk(), episodes=number) for number in EPISODES]
        return found | {"value": np.array([data["learned_v"][0, 1:-1] for data in learnt])}

    def draw(self, figure: Figure, found: Measured) -> None:
        values, errors = figure.subplots(1, 2)
        labels = [f"{number} episode{'s' * (number > 1)}" for number in EPISODES]
        curves(values, [*"ABCDE"], dict(zip(labels, found["value"], strict=True)), xlabel="state")
        values.plot(found["true"], "ko:", label="true values")
        values.set(ylabel="estimated value")
        for number, label in enumerate(AGENTS):
            is_td = label.startswith("TD")
            style = LINE_STYLES[number if is_td else number - 3]
            errors.plot(found[label], color=COLOURS[0 if is_td else 1], linestyle=style, label=label)
        errors.set(xlabel="episodes", ylabel="RMS error, averaged over states", ylim=(0, 0.25))
        frame(errors)
        values.legend(frameon=False)
        errors.legend(frameon=False, ncols=2)

    def conclude(self, found: Measured) -> str:
        td, mc = (
            min((label for label in AGENTS if label.startswith(kind)), key=lambda label: found[label].mean())
            for kind in ("TD", "MC")
        )
        return (
            f"Over {EPISODES[-1]} episodes the mean error of {td}, is {found[td].mean():.3f}, and that of the best "
            f"Monte Carlo, {mc}, is {found[mc].mean():.3f}."
        )
