"""The base class of agents that learn step by step with a step size α."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.base.schedule import Schedule


@dataclass
class StepSizeAgent(TabularAgent):
    """An agent that learns with the step sizes `step_size` [runs]."""

    step_size_setting: ClassVar[str | None] = "alpha"

    alpha: int | float | str = 0.5
    """step size α, above 0 and at most 1; it may change: 1/visits, linear:FIRST:LAST:STEPS, exponential:…"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("alpha", self.alpha, positive=True)

    def require_no_count(self, setting: str) -> None:
        """Raise `SettingError` if a setting is 1/visits, for agents that update states other than the visited one."""
        counts = getattr(self, setting) == "1/visits"
        self.require(setting, not counts, "cannot be counted here; must be a number, linear:… or exponential:…")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.alphas = Schedule.of("alpha", self.alpha, positive=True, horizon=problem.horizon)
        self.step_size = np.full(self.runs, self.alphas.first)
        self.alpha_changes, self.counting = self.alphas.changes, self.counts_visits
        self.visits = self.table(0, np.int32) if self.counting else np.zeros(0, np.int32)

    @property
    def counts_visits(self) -> bool:
        """Whether the agent needs the number of visits of states and actions."""
        return self.alphas.counts

    def count(self, step: Transition) -> None:
        """Count the visit and set the step sizes."""
        if self.counting:
            self.visits[self.every_run, step.observation, step.action] += 1
        if self.alpha_changes:
            counts = self.alphas.counts
            self.step_size = 1 / self.visited(step) if counts else np.full(self.runs, self.alphas.at(self.t))

    def visited(self, step: Transition) -> np.ndarray:
        """N of α = 1/N [runs]: the visits of the state and action, this visit included."""
        visits: np.ndarray = self.visits[self.every_run, step.observation, step.action]
        return visits
