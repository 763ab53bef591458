"""The base class of agents that move linear weights by a step size α."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.linear_agent import LinearAgent
from rlnotes.agents.linear.base.weights import approach
from rlnotes.base.elements import all_finite, first_run
from rlnotes.base.errors import SettingError
from rlnotes.base.schedule import Schedule


@dataclass
class GradientAgent(LinearAgent):
    """An agent that learns with the step sizes `step_size` [runs]."""

    step_size_setting = "alpha"

    alpha: int | float | str = 0.05
    """step size α of the weights, above 0 and at most 1; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("alpha", self.alpha, positive=True, counts=False)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.alphas = Schedule.of("alpha", self.alpha, positive=True, counts=False, horizon=problem.horizon)
        self.step_size = np.full(self.runs, self.alphas.first)

    def update(self, transition: Transition) -> None:
        if self.alphas.changes:
            self.step_size = np.full(self.runs, self.alphas.at(self.t))
        super().update(transition)

    def approach(self, target: np.ndarray, column: np.ndarray) -> None:
        """w_a ← w_a + α [target − w_aᵀ x] x in every run, where a is its column [runs]."""
        error = np.empty(self.runs)
        approach(self.w, *self.x, column, self.step_size, target, error)
        self.require_finite(error)

    def require_finite(self, error: np.ndarray) -> None:
        """Raise `SettingError` if the errors [runs] show that weights are infinite or NaN."""
        if not all_finite(error):
            run = first_run(~np.isfinite(error))
            where = f"run {run}, step {self.t}, step size {self.step_size[run]:g}"
            raise SettingError("agent.alpha", self.alpha, f"the weights diverge ({where}); try a smaller one")
