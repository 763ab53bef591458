"""The rows of a model that a policy plays, copied so that a sweep reads them in order."""

from functools import partial

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.sweeps import LANES, copy_rows, evaluate, evaluate_in_place
from rlnotes.envs.mdps.base.model import Model


class PolicyRows:
    """p_π(s'|s) and r_π(s) of a policy π: one row per state, in memory side by side.

    A sweep of one policy reads one row per state, which the model stores between those of other actions. From this
    copy it reads a block of rows without gaps.
    """

    def __init__(self, model: Model) -> None:
        longest = np.maximum.reduceat(np.diff(model.offsets), np.arange(0, model.row_count, LANES * model.actions))
        self.model, self.begins = model, np.append(0, np.cumsum(LANES * longest))
        self.copied = np.full(model.states, -1, np.int32)
        self.successors = np.full(self.begins[-1], model.states, np.uint32)
        self.probabilities, self.rewards = np.zeros(self.begins[-1]), np.empty(model.states)
        self.spare, self.in_place = np.zeros(model.states + 1), False

    def follow(self, now: Iterate, in_place: bool) -> bool:
        """Copy the rows of the greedy policy; returns whether it differs from the last one.

        For sweeps `in_place`, each row is solved for its own value.
        """
        if in_place != self.in_place:
            self.in_place, self.copied[:] = in_place, -1
        rows = self.begins, self.successors, self.probabilities, self.rewards
        part = partial(copy_rows, *self.model.operator, now.policy, self.copied, *rows, in_place)
        now.rows = None if in_place else self.rows
        return sum(now.shared(part)) > 0

    def evaluate(self, now: Iterate) -> tuple[float, float]:
        """V ← T_π V; returns the least and the largest change."""
        if self.in_place:
            return now.sweep_in_place(partial(evaluate_in_place, *self.rows, now.value))
        change = now.sweep(partial(evaluate, *self.rows, now.value, self.spare))
        now.value, self.spare = self.spare, now.value
        return change

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
        """The first arguments of the kernels that evaluate."""
        return self.begins, self.successors, self.probabilities, self.rewards, self.model.discount
