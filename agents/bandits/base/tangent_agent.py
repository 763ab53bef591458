"""The base of agents whose indices are concave in a level that grows with time."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel

MARGIN = 1e-9
"""by which a tangent must lie below the largest index, so that rounding hides no tie"""


@kernel()
def leaders(
    solved: FloatMatrix,
    slope: FloatMatrix,
    solved_at: FloatMatrix,
    level: float,
    every: bool,
    index: FloatMatrix,
) -> IntVector:
    """index ← solved + slope · (level − solved_at), tangents. Returns places of arms that are not solved at `level`.

    A place is arm · runs + run. With `every`, all arms that may have the largest index are returned, otherwise only
    arms with the largest tangent.
    """
    arms, runs = solved.shape
    best, found, many = np.full(runs, -np.inf), np.empty(arms * runs, np.int64), 0
    for arm in range(arms):
        known, rise, at, row = solved[arm], slope[arm], solved_at[arm], index[arm]
        for run in range(runs):
            row[run] = known[run] + rise[run] * (level - at[run]) if level > at[run] else known[run]
        for run in range(runs):
            best[run] = row[run] if (row[run] > best[run]) & ((level <= at[run]) | (not every)) else best[run]
    for arm in range(arms):
        at, row, leading = solved_at[arm], index[arm], 0
        for run in range(runs):
            leading += (at[run] < level) & (row[run] >= best[run] - MARGIN)
        if leading > 0:
            for run in range(runs):
                if at[run] < level and row[run] >= best[run] - MARGIN:
                    found[many] = arm * runs + run
                    many += 1
    return found[:many]


@kernel()
def remember(
    places: IntVector,
    index: FloatVector,
    rise: FloatVector,
    level: float,
    solved: FloatVector,
    slope: FloatVector,
    solved_at: FloatVector,
) -> None:
    """Store what was solved at `level` in its places."""
    for i in range(len(places)):
        place = places[i]
        solved[place], slope[place], solved_at[place] = index[i], rise[i], level


@kernel()
def forget(action: IntVector, solved: FloatMatrix, solved_at: FloatMatrix) -> None:
    """Mark the index of the played arm as unknown, per run: ∞ at level 0, which is below all levels."""
    for run in range(len(action)):
        solved[action[run], run], solved_at[action[run], run] = np.inf, 0.0


@dataclass
class TangentAgent(BanditAgent):
    """An agent that plays the arm with the largest index, where indices are concave in a level that grows with time.

    The tangent of an index at an earlier level bounds it from above. So a step solves the arm that was played, and arms
    whose tangent exceeds the largest known index.
    Arrays [arms, runs]: `solved`, the index at the level `solved_at`, and `slope`.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        shape = (self.k, self.runs)
        self.solved = np.full(shape, np.inf)
        self.slope, self.solved_at = np.zeros((2, *shape))
        self.played = np.empty(0, np.int64)

    @abstractmethod
    def solve(self, places: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """The indices of arms at `level`, and their derivatives by it; a place is arm · runs + run."""

    def argmax_at(self, level: float) -> np.ndarray:
        """argmax_i of the indices at `level`, above 0 and not below that of an earlier step, per run."""
        self.solve_again(self.played, level)
        for every in (False, True):
            known = self.available(self.solved), self.slope, self.solved_at
            self.solve_again(leaders(*known, level, every, self.index), level)
        return self.argmax_of(self.index)

    def solve_again(self, places: np.ndarray, level: float) -> None:
        """Solve these arms, and store their indices."""
        if len(places):
            known = self.solved.reshape(-1), self.slope.reshape(-1), self.solved_at.reshape(-1)
            remember(places, *self.solve(places, level), level, *known)
            self.index.put(places, self.solved.take(places))

    def update(self, transition: Transition) -> None:
        super().update(transition)
        self.played = transition.action * self.runs + np.arange(self.runs)
        forget(transition.action, self.solved, self.solved_at)
