"""Garnet, the random Markov decision process."""

from dataclasses import dataclass

import numpy as np

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class Garnet(MDP):
    """Random transitions to a few states, and random rewards r(s, a) ~ N(0, 1).

    The next states of each pair (s, a) are drawn without replacement. Their probabilities are the lengths of the pieces
    into which branching − 1 uniform numbers cut [0, 1]. An episode begins in a uniformly random state.
    Source: Archibald, McKinnon & Thomas, On the generation of Markov decision processes, JORS 46 (1995).
    """

    states: int = 100
    """number of states, 1 or more"""

    actions: int = 4
    """number of actions, 1 or more"""

    branching: int = 5
    """number of next states of each pair, from 1 to the number of states"""

    seed: int = 0
    """seed that draws the model"""

    discount: float = 0.9

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("states", 1)
        self.require_at_least("actions", 1)
        few = 1 <= self.branching <= self.states
        self.require("branching", few, f"must be from 1 to the number of states, {self.states}")
        self.require_at_least("seed", 0)
        rows = self.states * self.actions
        require_memory_for_model("states", self.states, rows, rows * self.branching)
        rng = np.random.default_rng(self.seed)
        cuts = np.sort(rng.random((rows, self.branching - 1)), axis=1)
        return Model(
            np.arange(rows + 1) * self.branching,
            subsets(rng, self.states, rows, self.branching).ravel(),
            np.diff(cuts, axis=1, prepend=0.0, append=1.0).ravel(),
            rng.standard_normal(rows).repeat(self.branching),
            np.zeros(rows * self.branching, bool),
            start=np.full(self.states, 1 / self.states),
            discount=self.discount,
            picture=Picture.of_states(self.states, [str(action) for action in range(self.actions)]),
        )


def subsets(rng: np.random.Generator, states: int, rows: int, size: int) -> np.ndarray:
    """Sorted random subsets of the states [rows, size]."""
    if size**2 > states:
        return np.array([np.sort(rng.choice(states, size, replace=False)) for _ in range(rows)], np.int32)
    drawn = np.sort(rng.integers(states, size=(rows, size), dtype=np.int32), axis=1)
    while (again := (drawn[:, 1:] == drawn[:, :-1]).any(axis=1)).any():
        drawn[again] = np.sort(rng.integers(states, size=(again.sum(), size), dtype=np.int32), axis=1)
    return drawn
