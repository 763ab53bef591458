"""Kernels that sweep over the states of a model.

Their first arguments are the `operator` of the model; `rlnotes.envs.mdps.base.bellman` describes it.
"""

import numpy as np

from rlnotes.base.kernels import (
    ConstFloatMatrix,
    ConstFloatVector,
    ConstInt32Vector,
    ConstIntVector,
    ConstUint32Vector,
    ConstUintVector,
    FloatMatrix,
    FloatVector,
    Int32Vector,
    Uint32Vector,
    kernel,
)

LANES = 64
"""states whose rows lie side by side in a copy of the rows of a policy, so that the compiler adds them up together"""


@kernel(nogil=True)
def change(value: ConstFloatVector, seen: FloatVector, first: int, end: int) -> tuple[float, float]:
    """seen ← V in the states first ≤ s < end; returns the least and the largest change."""
    low, high = np.inf, -np.inf
    for s in range(first, end):
        low, high = min(low, value[s] - seen[s]), max(high, value[s] - seen[s])
        seen[s] = value[s]
    return low, high


@kernel()
def steps_in_place(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    steps: FloatMatrix,
) -> None:
    """steps(s, a) ← 1 / (1 − γ p(s|s, a)); 1 if an action stays for ever and γ = 1."""
    states, actions = reward.shape
    for s in range(states):
        for a in range(actions):
            row, leaves = np.uint64(s * actions + a), 1.0
            for entry in range(offsets[row], offsets[row + np.uint64(1)]):
                if successor[entry] == s:
                    leaves -= discount * probability[entry]
            steps[s, a] = 1 / leaves if leaves > 0 else 1.0


@kernel(nogil=True, fastmath={"contract"})
def gauss_seidel(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    steps: ConstFloatMatrix,
    value: FloatVector,
    policy: Int32Vector,
    forward: bool,
) -> tuple[float, float]:
    """V(s) ← max_a [r(s, a) + γ Σ_{s'≠s} p(s'|s, a) V(s')] / (1 − γ p(s|s, a)) of one state after another, in place.

    V(s) moves towards the backup of an action by steps(s, a) times their difference (`steps_in_place`).
    policy(s) stays if it attains the maximum; else it becomes the first action that does.
    Returns the least and the largest change of a value.
    """
    states, actions = reward.shape
    low, high = np.inf, -np.inf
    for i in range(states):
        s = i if forward else states - 1 - i
        best, best_action = -np.inf, policy[s]
        for a in range(actions):
            row, total = np.uint64(s * actions + a), 0.0
            for entry in range(offsets[row], offsets[row + np.uint64(1)]):
                total += probability[entry] * value[successor[entry]]
            q = reward[s, a] + discount * total
            if steps[s, a] != 1:
                q = value[s] + steps[s, a] * (q - value[s])
            better = (q > best) | ((q == best) & (a == policy[s]))
            best = q if better else best
            best_action = a if better else best_action
        change = best - value[s]
        low, high = min(low, change), max(high, change)
        value[s], policy[s] = best, best_action
    return low, high


@kernel(nogil=True, fastmath={"contract"})
def copy_rows(
    offsets: ConstUintVector,
    successor: ConstUint32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatMatrix,
    discount: float,
    policy: ConstInt32Vector,
    copied: Int32Vector,
    begins: ConstIntVector,
    successors: Uint32Vector,
    probabilities: FloatVector,
    rewards: FloatVector,
    in_place: bool,
    first: int,
    end: int,
) -> int:
    """Copy the rows that a policy plays in the states first ≤ s < end; returns the number of rows that changed.

    For sweeps `in_place` each row is solved for its own value: V(s) = [r + γ Σ_{s'≠s} p(s'|s) V(s')] / (1 − γ p(s|s)).

    Only states whose action differs from `copied` are copied. Block b of `LANES` states lies from begins[b] to
    begins[b + 1]: first the first entry of every row, then the second entries, and so on. A row that is shorter than
    the longest of its block is filled up with entries of probability 0 to the absorbing state.
    """
    states, actions = reward.shape
    changed = 0
    for s in range(first, end):
        if policy[s] == copied[s]:
            continue
        changed += 1
        row, place, stays = np.uint64(s * actions + policy[s]), np.uint64(begins[s // LANES] + s % LANES), 0.0
        for entry in range(offsets[row], offsets[row + np.uint64(1)]):
            if in_place and successor[entry] == s:
                stays += probability[entry]
        if discount * stays >= 1:  # nothing to solve: an action that stays for ever, without a discount
            stays = 0.0
        copied[s], rewards[s] = policy[s], reward[s, policy[s]] / (1 - discount * stays)
        for entry in range(offsets[row], offsets[row + np.uint64(1)]):
            solved = stays > 0 and successor[entry] == s
            successors[place] = successor[entry]
            probabilities[place] = 0.0 if solved else probability[entry] / (1 - discount * stays)
            place += np.uint64(LANES)
        while place < begins[s // LANES + 1]:
            successors[place], probabilities[place] = states, 0.0
            place += np.uint64(LANES)
    return changed


@kernel(nogil=True, fastmath={"contract"})
def evaluate(
    begins: ConstIntVector,
    successors: ConstUint32Vector,
    probabilities: ConstFloatVector,
    rewards: ConstFloatVector,
    discount: float,
    value: ConstFloatVector,
    evaluated: FloatVector,
    first: int,
    end: int,
) -> tuple[float, float]:
    """evaluated(s) ← r_π(s) + γ Σ_{s'} p_π(s'|s) V(s') of the states first ≤ s < end [notes 2.3].

    The rows are those of `copy_rows`; `first` is a multiple of `LANES`. Returns the least and the largest change.
    """
    total, low, high = np.empty(LANES), np.full(LANES, np.inf), np.full(LANES, -np.inf)
    for block in range(first // LANES, (end + LANES - 1) // LANES):
        total[:] = 0.0
        for place in range(begins[block], begins[block + 1], LANES):
            successor, probability = successors[place : place + LANES], probabilities[place : place + LANES]
            for lane in range(LANES):
                total[lane] += probability[lane] * value[successor[lane]]
        s = block * LANES
        reward, before, after = rewards[s : s + LANES], value[s : s + LANES], evaluated[s : s + LANES]
        for lane in range(min(LANES, end - s)):
            after[lane] = reward[lane] + discount * total[lane]
            low[lane] = min(low[lane], after[lane] - before[lane])
            high[lane] = max(high[lane], after[lane] - before[lane])
    return low.min(), high.max()


@kernel(nogil=True, fastmath={"contract"})
def evaluate_in_place(
    begins: ConstIntVector,
    successors: ConstUint32Vector,
    probabilities: ConstFloatVector,
    rewards: ConstFloatVector,
    discount: float,
    value: FloatVector,
    forward: bool,
) -> tuple[float, float]:
    """V(s) ← r_π(s) + γ Σ_{s'} p_π(s'|s) V(s') of one state after another; returns the least and the largest change."""
    states = len(rewards)
    low, high = np.inf, -np.inf
    for i in range(states):
        s, total = i if forward else states - 1 - i, 0.0
        for place in range(
            np.uint64(begins[s // LANES] + s % LANES), np.uint64(begins[s // LANES + 1]), np.uint64(LANES)
        ):
            total += probabilities[place] * value[successors[place]]
        new = rewards[s] + discount * total
        low, high = min(low, new - value[s]), max(high, new - value[s])
        value[s] = new
    return low, high
