"""What agents have in common that learn step by step, each by a step size α."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.schedule import Schedule


@dataclass
class StepSizeAgent(TabularAgent):
    """An agent with tables [runs, states, actions] that learns by `step_size` [runs]."""

    alpha: int | float | str = 0.5
    """step size α, above 0 and at most 1; it may change: 1/visits, linear:FIRST:LAST:STEPS, exponential:…"""

    def __post_init__(self) -> None:
        Schedule.of("alpha", self.alpha, positive=True)

    def require_no_count(self, setting: str) -> None:
        """Raise `SettingError` where a setting counts visits, though other states than those visited need it."""
        if getattr(self, setting) == "1/visits":
            what = "cannot be counted here; must be a number, linear:… or exponential:…"
            raise SettingError(setting, "1/visits", what)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.alphas = Schedule.of("alpha", self.alpha, positive=True)
        self.step_size = np.full(self.runs, self.alphas.first)
        self.alpha_changes, self.counted = self.alphas.changes, self.counts
        self.visits = self.table(0, np.int32) if self.counted else np.zeros(0, np.int32)

    @property
    def counts(self) -> bool:
        """Whether visits are to be counted."""
        return self.alphas.counts

    def count(self, step: Transition) -> Transition:
        """Count a visit where visits count, and set α."""
        if self.counted:
            self.visits[np.arange(self.runs), step.observation, step.action] += 1
        if self.alpha_changes:
            self.step_size = (
                1 / self.visited(step) if self.alphas.counts else np.full(self.runs, self.alphas.at(self.t))
            )
        return step

    def visited(self, step: Transition) -> np.ndarray:
        """N [runs] of α = 1/N: the visits with this one to the state and action."""
        visits: np.ndarray = self.visits[np.arange(self.runs), step.observation, step.action]
        return visits
