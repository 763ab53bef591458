"""Upper confidence bounds by the divergence d of Bernoulli distributions."""

import numpy as np

from rlnotes.base.elementary import replace_by_log
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntVector, kernel


def upper(p: np.ndarray, entropy: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """max{q ≤ 1: d(p, q) ≤ budget} for Bernoulli's d, with entropy = p log p + (1 − p) log(1 − p); all are vectors.

    Newton's method from above. Each step stays above the root, since d is convex in q.
    """
    q = upper_bound(p, entropy, budget)
    logs = np.stack([q, 1 - q])
    replace_by_log(logs.reshape(-1))
    while newton(p, entropy, budget, logs, q):
        replace_by_log(logs.reshape(-1))
    return q


@kernel(error_model="numpy")
def upper_bound(p: FloatVector, entropy: FloatVector, budget: FloatVector) -> FloatVector:
    """The smaller of two upper bounds of `upper`; p itself where p = 1 or the budget is 0.

    They are p + √(budget/2), by Pinsker's inequality, and 1 − exp(−(budget − entropy)/(1 − p)), since log q ≤ 0.
    """
    q = np.empty(len(p))
    for i in range(len(p)):
        most = min(p[i] + np.sqrt(budget[i] / 2), -np.expm1((entropy[i] - budget[i]) / (1 - p[i])))
        q[i] = most if p[i] < 1 and budget[i] > 0 else p[i]
    return q


@kernel(error_model="numpy")
def newton(p: FloatVector, entropy: FloatVector, budget: FloatVector, logs: FloatMatrix, q: FloatVector) -> bool:
    """q ← q − (d(p, q) − budget) / d'(p, q), given the `logs` [2, …] of q and 1 − q; then logs ← q and 1 − q.

    Returns whether another step is needed. A step squares an error of a few parts in 10⁸.
    """
    log_q, log_rest, moving = logs[0], logs[1], 0
    for i in range(len(p)):
        excess = entropy[i] - p[i] * log_q[i] - (1 - p[i]) * log_rest[i] - budget[i]
        lower = q[i] - excess * q[i] * (1 - q[i]) / (q[i] - p[i])
        inside = (p[i] < q[i]) & (q[i] < 1) & (lower < q[i])
        moving += inside & (q[i] - lower > 3e-8 * min(1 - q[i], q[i] - p[i]))
        q[i] = max(lower, p[i]) if inside else q[i]
        log_q[i], log_rest[i] = q[i], 1 - q[i]
    return moving > 0


@kernel(error_model="numpy")
def slope(p: FloatVector, q: FloatVector, pulls: IntVector) -> FloatVector:
    """dq/de of bounds q for the exploration e = T d(p, q): q (1 − q) / (T (q − p)); 0 for q = 1."""
    found = np.empty(len(p))
    for i in range(len(p)):
        found[i] = q[i] * (1 - q[i]) / (pulls[i] * (q[i] - p[i])) if q[i] < 1 else 0.0
    return found
