"""Figure 4.2: policy iteration on Jack's car rental."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from rlnotes.agents import PolicyIteration
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.book.base.book_figure import BookFigure
from rlnotes.book.base.planning import rounds
from rlnotes.envs import JacksCarRental
from rlnotes.envs.mdps.jacks_car_rental import CARS, MOVES
from rlnotes.experiments.experiment import Measured


@dataclass
class CarRental(BookFigure):
    """The policies of policy iteration on Jack's car rental, and the final value.

    π₀ never moves a car. Each policy is greedy for the value of the one before. A few rounds suffice, though there are
    441 states with up to 11 actions each.
    """

    size = (13.0, 7.5)

    def measure(self) -> Measured:
        model, planner = JacksCarRental().model, PolicyIteration()
        still = np.full(model.states, MOVES)
        policies = [still]
        for now in rounds(planner, Iterate(model, model.evaluate(still))):
            if (now.policy != policies[-1]).any():
                policies.append(now.policy.copy())
        value = model.evaluate(policies[-1])
        return {
            "moves": np.array(policies).reshape(-1, CARS + 1, CARS + 1) - MOVES,
            "value": value.reshape(CARS + 1, -1),
        }

    def draw(self, figure: Figure, found: Measured) -> None:
        places = figure.subplots(2, 3).ravel()
        cars, levels = np.arange(CARS + 1), np.arange(-MOVES, MOVES + 2) - 0.5
        for number, (axes, moves) in enumerate(zip(places, found["moves"], strict=False)):
            image = axes.pcolormesh(cars, cars, moves, cmap="RdBu", vmin=-MOVES, vmax=MOVES)
            edges = axes.contour(cars, cars, moves, levels, colors="k")
            edges.set(linewidth=0.5, linestyle="-")
            axes.set(title=f"π{'₀₁₂₃₄₅₆₇₈₉'[number]}", aspect="equal")
        value = figure.add_subplot(2, 3, 6, projection="3d")
        places[5].remove()
        first, second = np.meshgrid(cars, cars, indexing="ij")
        value.plot_surface(second, first, found["value"], cmap="viridis", linewidth=0)
        value.set(title=f"value of π{'₀₁₂₃₄₅₆₇₈₉'[len(found['moves']) - 1]}")
        for axes in [*places[:5], value]:
            axes.set(xlabel="cars at the second place", ylabel="cars at the first place")
            axes.xaxis.set_major_locator(MultipleLocator(5))
            axes.yaxis.set_major_locator(MultipleLocator(5))
        bar = figure.colorbar(image, ax=places[[0, 1, 2]], label="cars moved from the first place\nto the second")
        bar.set_ticks(range(-MOVES, MOVES + 1))

    def conclude(self, found: Measured) -> str:
        improvements, value = len(found["moves"]) - 1, found["value"]
        return (
            f"The policy is stable after {improvements} improvements; its value is {value[0, 0]:.0f} without any car "
            f"and {value[CARS, CARS]:.0f} with {CARS} at each place."
        )
