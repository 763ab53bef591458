"""Figure 5.4: ordinary importance sampling with infinite variance."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import ImportanceSampling
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Model, ModelEnv
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, LINE_STYLES, frame

LEFT, RIGHT = 0, 1


def loop() -> Model:
    """One state: right ends and pays nothing; left comes back with probability 0.9, and else ends and pays 1."""

    def outcomes(state: int, action: int) -> list[tuple[float, int, float, bool]]:
        return [(1.0, 0, 0.0, True)] if action == RIGHT else [(0.9, 0, 0.0, False), (0.1, 0, 1.0, True)]

    return Model.from_function([0], (LEFT, RIGHT), outcomes, start=0, discount=1.0)


@dataclass
class InfiniteVariance(SimulatedFigure):
    """Ordinary importance sampling of a loop, whose estimates do not settle.

    The policy always goes left, so its value is 1, and both actions are equally likely in the episodes. A return counts
    2^T times after T steps to the left. The variance of that is infinite: rare long episodes throw the mean far off.
    Weighted importance sampling would be exact after the first episode that ends on the left.
    """

    size = (6.8, 4.4)

    runs: int = 10

    steps: int = 500_000
    """steps of a run, 10 or more; an episode takes about 1.8"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 10)

    def measure(self) -> Measured:
        agent, every = ImportanceSampling(policy=[LEFT], weighting="ordinary"), np.arange(self.runs)
        points = np.unique(np.geomspace(1, self.steps, 400).astype(np.int64))
        episodes, estimates = self.course(agent, ModelEnv(loop()), points, lambda: agent.value(every)[:, 0].copy())
        return {"episode": episodes, "estimate": estimates}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        for run, estimate in enumerate(found["estimate"].T):
            style = LINE_STYLES[run // len(COLOURS) % len(LINE_STYLES)]
            axes.plot(found["episode"], estimate, color=COLOURS[run % len(COLOURS)], linestyle=style, linewidth=1)
        axes.axhline(1, color="k", linestyle=":", linewidth=1, label="value, 1")
        axes.set(xlabel="episodes (log scale)", xscale="log", ylim=(0, 3))
        axes.set_ylabel(f"ordinary importance sampling,\nestimates of {self.runs} runs")
        axes.legend(frameon=False)
        frame(axes)

    def conclude(self, found: Measured) -> str:
        low, high = found["estimate"][-1].min(), found["estimate"][-1].max()
        return (
            f"After {found['episode'][-1]:,.0f} episodes the estimates of {self.runs} runs are still from {low:.2f} to "
            f"{high:.2f}, though the value is 1."
        )
