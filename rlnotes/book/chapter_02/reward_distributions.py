"""Figure 2.1: the rewards of one ten-armed problem."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import GaussianBandit
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, frame


@dataclass
class RewardDistributions(SimulatedFigure):
    """The distributions of the rewards of ten arms.

    The means are drawn from N(0, 1), and each reward from N(mean, 1). The noise of one reward is larger than the gaps
    between the best arms, so one pull says little about an arm.
    """

    runs: int = 2_000

    def measure(self) -> Measured:
        env = GaussianBandit().batch(1)
        _, info = env.reset(seed=self.seed)
        means = info["arm_means"][0]
        arms = GaussianBandit(means=means.tolist()).batch(self.runs)
        arms.reset(seed=self.seed)
        rewards = [arms.step(np.full(self.runs, arm))[1] for arm in range(len(means))]
        return {"mean": means, "rewards": np.array(rewards)}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        places = np.arange(1, len(found["mean"]) + 1)
        parts = axes.violinplot(list(found["rewards"]), places, widths=0.8, showextrema=False)
        for body in parts["bodies"]:  # type: ignore[attr-defined]
            body.set(facecolor=COLOURS[5], alpha=0.7)
        axes.plot(places, found["mean"], "k_", markersize=14, label="mean q*(a)")
        axes.axhline(0, color="k", linestyle=":", linewidth=1)
        axes.set(xlabel="action", ylabel="reward", xticks=places)
        axes.legend(frameon=False)
        frame(axes)

    def conclude(self, found: Measured) -> str:
        second, best = np.sort(found["mean"])[-2:]
        noise = found["rewards"].std(axis=1).mean()
        return (
            f"The best arm pays {best:.2f} on average and the second {second:.2f}; the standard deviation of a reward, "
            f"{noise:.2f}, is {noise / (best - second):.1f} times their gap."
        )
