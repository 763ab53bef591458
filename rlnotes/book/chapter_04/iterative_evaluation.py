"""Figure 4.1: iterative policy evaluation on a small gridworld."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.book.base.book_figure import BookFigure
from rlnotes.book.base.grids import arrows, greedy, grid_of, numbers
from rlnotes.book.base.planning import equiprobable
from rlnotes.envs import Gridworld4x4
from rlnotes.experiments.experiment import Measured

SWEEPS = (0, 1, 2, 3, 10)
"""sweeps after which the value is drawn; the last panel is the limit"""


@dataclass
class IterativeEvaluation(BookFigure):
    """Sweeps of policy evaluation on a small gridworld, and the greedy policies.

    V ← r_π + γ P_π V for the policy π of random moves. Every step costs 1 until a grey corner is reached. The greedy
    policies are optimal from the third sweep on, long before the value has settled.
    """

    size = (13.0, 4.6)

    def measure(self) -> Measured:
        model = Gridworld4x4().model
        policy = equiprobable(model)
        transition, reward = model.chain(policy, idle_ends=True)
        value, found = np.zeros(model.states), []
        for sweep in range(SWEEPS[-1] + 1):
            if sweep in SWEEPS:
                found.append(value)
            value = reward + model.discount * (transition @ value)
        return {"sweeps": np.array(SWEEPS), "value": np.array(found), "limit": model.evaluate(policy)}

    def draw(self, figure: Figure, found: Measured) -> None:
        model = Gridworld4x4().model
        corners = [(0, 0), (3, 3)]
        titles = [*(f"k = {sweep}" for sweep in SWEEPS), "k = ∞"]
        panels = figure.subplots(2, len(titles))
        for above, below, title, value in zip(*panels, titles, [*found["value"], found["limit"]], strict=True):
            grid_of(above, numbers(model, value), title, corners)
            arrows(below, model, value, "", corners)
        for axes, name in zip(panels[:, 0], ("value of\nrandom moves", "greedy policy"), strict=True):
            axes.set_ylabel(name)

    def conclude(self, found: Measured) -> str:
        model = Gridworld4x4().model
        best = greedy(model, found["limit"])
        same = [(greedy(model, value) == best).all() for value in found["value"]]
        first = SWEEPS[same.index(True)]
        far = abs(found["value"][SWEEPS.index(first)] - found["limit"]).max()
        return f"After {first} sweeps the greedy actions are those of the limit; some value is still {far:.1f} away."
