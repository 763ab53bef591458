"""Figure 12.10: SARSA(λ) and n-step SARSA on the mountain car."""

from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from rlnotes.agents import LinearNStepSARSA, LinearSARSALambda
from rlnotes.book.base.mountain_car import SETTINGS, StepSizeFigure, draw_by_alpha
from rlnotes.book.base.step_sizes import least
from rlnotes.experiments.experiment import Measured

TRACES = {
    f"λ = {decay}": partial(LinearSARSALambda, traces="replacing", decay=decay, **SETTINGS)
    for decay in (0, 0.68, 0.84, 0.92, 0.96, 0.98, 0.99)
}
N_STEPS = {f"n = {n}": partial(LinearNStepSARSA, n=n, **SETTINGS) for n in (1, 2, 4, 8, 16)}


@dataclass
class TracesAndSteps(StepSizeFigure):
    """Early performance of SARSA(λ) with replacing traces, and of n-step SARSA.

    The mean of the first 50 episodes of the mountain car. Traces learn in every step, with the same cost for every λ,
    while n-step SARSA waits n steps and stores them.
    """

    size = (11.0, 4.6)

    runs: int = 10

    step_sizes: int = 9

    def measure(self) -> Measured:
        return self.by_alpha(TRACES | N_STEPS, largest=1.8, limit=320)

    def draw(self, figure: Figure, found: Measured) -> None:
        words = f"steps per episode, averaged over\nthe first {self.episodes} episodes"
        left, right = figure.subplots(1, 2, sharey=True)
        draw_by_alpha(left, found, TRACES, title="SARSA(λ), replacing traces", ylabel=words)
        draw_by_alpha(right, found, N_STEPS, title="n-step SARSA", ylim=(165, 300), xlim=(0, 1.8))

    def conclude(self, found: Measured) -> str:
        best = (least({label: found[label] for label in family}, found["alpha"]) for family in (TRACES, N_STEPS))
        traces, steps = (f"{score:.0f} ({label}, α = {alpha:g}/8)" for label, alpha, score in best)
        return f"The fewest steps per episode are {traces} with traces, and {steps} with n-step returns."
