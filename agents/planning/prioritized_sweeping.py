"""Prioritized sweeping."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.agents.planning.base.sweeps import prioritized
from rlnotes.envs.mdps.base.model import Model


@dataclass
class PrioritizedSweeping(Improver):
    """Back up the state whose value will change most.

    s = argmax_s priority(s),    d ← |(T V)(s) − V(s)|,    V(s) ← (T V)(s),    priority(s) ← 0,
    priority(s') ← max(priority(s'), γ max_a p(s|s', a) d) of all s' that may lead to s

    As many backups as there are states count as a sweep; after each the priorities are |(T V)(s) − V(s)| again.
    Source: Moore & Atkeson, Machine Learning 13 (1993); Sutton & Barto, Reinforcement Learning (2nd ed.), section 8.4.
    """

    def improve(self, now: Iterate) -> Iterator[None]:
        begins, before, weight = predecessors(now.model)
        while True:
            priority = np.abs(now.backed_up - now.value[:-1])
            least = now.residual * 1e-3
            prioritized(*now.operator, now.value, priority, begins, before, weight, now.model.states, least)
            now.sweeps += 1
            yield


def predecessors(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each state those that may lead to it: where they begin [states + 2], which they are, and max_a p(s|s', a)."""
    row = np.repeat(np.arange(model.row_count, dtype=np.int32), np.diff(model.offsets))
    largest = csr_array((model.states + 1, model.states))
    for action in range(model.actions):
        of = np.flatnonzero(row % model.actions == action)
        place = model.successor[of], row[of] // model.actions
        largest = largest.maximum(csr_array((model.probability[of], place), largest.shape))
    return largest.indptr.astype(np.int64), largest.indices.astype(np.int32), largest.data
