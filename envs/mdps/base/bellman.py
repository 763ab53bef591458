"""The Bellman operators as kernels over the compressed rows of a model.

Row s · actions + a holds the entries of action a in state s, from `offsets[row]` to `offsets[row + 1]`; an empty row is
an action that is not available. Indices are unsigned, so that the compiled code need not test for negative indices.
"""

import numpy as np

from rlnotes.base.kernels import (
    ConstFloatMatrix,
    ConstFloatVector,
    ConstUint32Vector,
    ConstUintVector,
    FloatMatrix,
    FloatVector,
    Int32Vector,
    kernel,
)


@kernel()
def action_values(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    value: ConstFloatVector,
    q: FloatMatrix,
) -> None:
    """q(s, a) ← r(s, a) + γ Σ_{s'} p(s'|s, a) V(s') [notes 2.3]."""
    states, actions = reward.shape
    for s in range(states):
        for a in range(actions):
            row, total = np.uint64(s * actions + a), 0.0
            for i in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[i] * value[successor[i]]
            q[s, a] = reward[s, a] + discount * total


@kernel(nogil=True, fastmath={"contract"})
def backup(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    value: ConstFloatVector,
    backed_up: FloatVector,
    policy: Int32Vector,
    lead: FloatVector,
    drift: float,
    first: int,
    end: int,
) -> tuple[float, float]:
    """backed_up(s) ← max_a r(s, a) + γ Σ_{s'} p(s'|s, a) V(s') of the states first ≤ s < end [notes 2.4].

    policy(s) stays if it attains the maximum; else it becomes the first action that does. lead(s) is how much better
    it is than every other action. If the lead before is above `drift`, the most by which the difference of two actions
    can have changed since, policy(s) is the best action still, and backed_up(s) must have its value already.
    Returns the least and the largest change of a value.
    """
    actions = reward.shape[1]
    low, high = np.inf, -np.inf
    q = np.empty(actions)
    for s in range(first, end):
        best, second, old = -np.inf, -np.inf, policy[s]
        lead[s] -= drift
        if lead[s] > 0:
            low, high = min(low, backed_up[s] - value[s]), max(high, backed_up[s] - value[s])
            continue
        for a in range(actions):
            row, even, odd = np.uint64(s * actions + a), 0.0, 0.0  # two independent sums, which the CPU overlaps
            i, after = offsets[row], offsets[row + np.uint64(1)]
            while i + np.uint64(1) < after:
                even += probability[i] * value[successor[i]]
                odd += probability[i + np.uint64(1)] * value[successor[i + np.uint64(1)]]
                i += np.uint64(2)
            if i < after:
                even += probability[i] * value[successor[i]]
            q[a] = reward[s, a] + discount * (even + odd)
            second = max(second, min(best, q[a]))
            best = max(best, q[a])
        lead[s] = best - second
        if old < 0 or q[old] < best:
            policy[s] = np.argmax(q)
        change = best - value[s]
        low, high = min(low, change), max(high, change)
        backed_up[s] = best
    return low, high
