"""Errors on the random walk of 19 states by step size, as in chapters 7 and 12."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from matplotlib.figure import Figure

from rlnotes.agents import NStepTD, TDLambda
from rlnotes.agents.base.agent import Agent
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.book.base.step_sizes import by_step_size, least, step_sizes
from rlnotes.envs import RandomWalk
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

Family = Mapping[str, Callable[..., Agent]]
"""agents by label, each made from its α"""
LARGEST = 1.0
"""the curve of an agent ends where its error rises above this; that of the first values is 0.55"""
DECAYS = (0, 0.4, 0.8, 0.9, 0.95, 0.975, 0.99, 1)
N_STEPS: Family = {f"n = {n}": partial(NStepTD, n=n) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)}


def td_lambda(form: str) -> Family:
    """TD(λ) in one of its forms, by λ."""
    return {f"λ = {decay}": partial(TDLambda, decay=decay, form=form) for decay in DECAYS}


OFF_LINE, TD_LAMBDA, ON_LINE = td_lambda("forward"), td_lambda("backward"), td_lambda("true_online")


@dataclass
class WalkFigure(SimulatedFigure):
    """The error on the walk, averaged over states and the first episodes, by α; a panel for each family of agents."""

    size = (13.0, 4.6)
    families: ClassVar[Mapping[str, Family]]
    """the agents of each panel, by its title"""

    episodes: int = 10
    """episodes of a run, 1 or more"""

    step_sizes: int = 40
    """number of step sizes α from 0 to 1, 0 not included, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)
        self.require_whole("step_sizes", 1)

    def measure(self) -> Measured:
        found: Measured = {"alpha": step_sizes(1.0, self.step_sizes)}
        for name, family in self.families.items():
            for label, make in family.items():
                found[f"{name}, {label}"] = by_step_size(found["alpha"], partial(self.error, make), LARGEST)
        return found

    def error(self, make: Callable[..., Agent], alpha: float) -> float:
        """The error of an agent with a step size."""
        walk = RandomWalk(states=19, left_reward=-1.0)
        return float(self.record(make(alpha=alpha), walk, episodes=self.episodes)["rmse"].mean())

    def draw(self, figure: Figure, found: Measured) -> None:
        panels = figure.subplots(1, len(self.families), squeeze=False)[0]
        for axes, (name, family) in zip(panels, self.families.items(), strict=True):
            curves(axes, found["alpha"], {label: found[f"{name}, {label}"] for label in family}, xlabel="α", title=name)
            axes.set(xlim=(0, 1), ylim=(0.24, 0.55))
            axes.set_ylabel(f"RMS error, averaged over 19 states\nand the first {self.episodes} episodes")
            axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))

    def conclude(self, found: Measured) -> str:
        best = ", ".join(self.best(found, name, family) for name, family in self.families.items())
        return f"The least error is {best}."

    def best(self, found: Measured, name: str, family: Family) -> str:
        """The least error of a family, and where it is."""
        label, alpha, error = least({label: found[f"{name}, {label}"] for label in family}, found["alpha"])
        return f"{error:.3f} ({name}, {label}, α = {alpha:g})"
