"""Prioritized sweeping."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.base.kernels import (
    ConstFloatMatrix,
    ConstFloatVector,
    ConstInt32Vector,
    ConstIntVector,
    ConstUint32Vector,
    ConstUintVector,
    FloatVector,
    kernel,
)
from rlnotes.envs.mdps.base.model import Model


@kernel(nogil=True, fastmath={"contract"})
def prioritized(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    value: FloatVector,
    priority: FloatVector,
    begins: ConstIntVector,
    before: ConstInt32Vector,
    weight: ConstFloatVector,
    backups: int,
    least: float,
) -> None:
    """Back up the state with the highest priority, `backups` times or until no priority is above `least`.

    The predecessors of state s are before[i], with the largest probability weight[i], begins[s] ≤ i < begins[s + 1].
    The queue may hold a state twice; the entry with an old priority is skipped.
    """
    states, actions = reward.shape
    queue = [(-priority[s], np.int64(s)) for s in range(states) if priority[s] > least]
    heapq.heapify(queue)
    while backups > 0 and len(queue) > 0:
        negative, s = heapq.heappop(queue)
        if -negative != priority[s]:
            continue
        best = -np.inf
        for a in range(actions):
            row, total = np.uint64(s * actions + a), 0.0
            for entry in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[entry] * value[successor[entry]]
            best = max(best, reward[s, a] + discount * total)
        change, value[s] = abs(best - value[s]), best
        priority[s] = 0.0
        backups -= 1
        for i in range(begins[s], begins[s + 1]):
            raised = discount * weight[i] * change
            if raised > priority[before[i]] and raised > least:
                priority[before[i]] = raised
                heapq.heappush(queue, (-raised, np.int64(before[i])))


@dataclass
class PrioritizedSweeping(Improver):
    """Back up the state whose value will change most.

    s = argmax_s priority(s),    d ← |(T V)(s) − V(s)|,    V(s) ← (T V)(s),    priority(s) ← 0
    priority(s') ← max(priority(s'), γ max_a p(s|s', a) d) for all s' that may lead to s

    One sweep is as many backups as there are states. After each sweep priority(s) = |(T V)(s) − V(s)| again.
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
    """The predecessors of every state: `begins` [states + 2], `before` and `weight` of `prioritized`."""
    row = np.repeat(np.arange(model.row_count, dtype=np.int32), np.diff(model.offsets))
    largest = csr_array((model.states + 1, model.states))
    for action in range(model.actions):
        of_action = np.flatnonzero(row % model.actions == action)
        place = model.successor[of_action], row[of_action] // model.actions
        largest = largest.maximum(csr_array((model.probability[of_action], place), largest.shape))
    return largest.indptr.astype(np.int64), largest.indices.astype(np.int32), largest.data
