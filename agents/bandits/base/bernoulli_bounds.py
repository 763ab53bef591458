"""Upper confidence bounds by the divergence d of Bernoulli distributions, for all arms and runs."""

from math import inf

import numpy as np

from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, IntVector, kernel


@kernel()
def upper(p: float, entropy: float, budget: float) -> float:
    """max{q ≤ 1: d(p, q) ≤ budget} for Bernoulli's d, with entropy = p log p + (1 − p) log(1 − p).

    Newton's method from above. Each step stays above the root, since d is convex in q. It begins at the smaller of two
    upper bounds: p + √(budget/2), by Pinsker's inequality, and 1 − exp(−(budget − entropy)/(1 − p)), since log q ≤ 0.
    """
    if p >= 1 or budget <= 0:
        return p
    q = min(p + np.sqrt(budget / 2), -np.expm1((entropy - budget) / (1 - p)))
    while p < q < 1:
        excess = entropy - p * np.log(q) - (1 - p) * np.log1p(-q) - budget  # d(p, q) − budget
        lower = q - excess * q * (1 - q) / (q - p)
        if not lower < q:  # converged, up to rounding
            break
        q = max(lower, p)
    return q


@kernel()
def bound(
    counts: IntMatrix, mean: FloatMatrix, entropy: FloatMatrix, first: IntVector, exploration: float, index: FloatMatrix
) -> None:
    """index ← max{q: T d(μ̂, q) ≤ exploration} for every arm and run; ∞ if T = 0; −∞ if it cannot be the largest.

    An arm with μ̂ = −∞ is not available.

    Each run solves the arm `first` before the others. Another arm is solved only if T d(μ̂, best so far) does not exceed
    the exploration. The test leaves a millionth of the exploration, so that rounding hides no tie.
    """
    arms, runs = mean.shape
    for run in range(runs):
        best, log_best, log_rest = -inf, 0.0, 0.0
        for place in range(-1, arms):
            arm = first[run] if place < 0 else place
            p, pulls, h = mean[arm, run], counts[arm, run], entropy[arm, run]
            if place == first[run]:
                continue
            if p == -inf:
                index[arm, run] = -inf
            elif pulls == 0:
                index[arm, run] = best = inf
            elif p < best and (
                best == inf or pulls * (h - p * log_best - (1 - p) * log_rest) > exploration * (1 + 1e-6)
            ):
                index[arm, run] = -inf
            else:
                index[arm, run] = upper(p, h, exploration / pulls)
                if index[arm, run] > best:
                    best = index[arm, run]
                    log_best, log_rest = np.log(best), np.log1p(-best)


@kernel()
def bound_played(
    counts: IntMatrix,
    mean: FloatMatrix,
    entropy: FloatMatrix,
    budgets: FloatVector,
    action: IntVector,
    index: FloatMatrix,
) -> None:
    """index ← max{q: d(μ̂, q) ≤ budgets[T]} of the played arm, per run; of larger T the budget is the last entry."""
    last = len(budgets) - 1
    for run in range(len(action)):
        a = action[run]
        index[a, run] = upper(mean[a, run], entropy[a, run], budgets[min(counts[a, run], last)])
