"""The least divergence of an arm's rewards from a distribution with a known bound and a larger mean.

    D_inf(F, μ) = inf {KL(F ‖ G): G on (−∞, b], E_G[X] ≥ μ}
                = max_{0≤u≤1} E_F[log(1 + u (μ − X) / (b − μ))]    for μ < b

F is the empirical distribution of the rewards X of an arm. The maximiser u gives the derivative in μ, u / (b − μ), and
D_inf is convex in μ: one solution bounds D_inf from below for every other μ. On rewards 0 and 1, with b = 1, D_inf is
the divergence of Bernoulli distributions.
Source: Honda & Takemura, Journal of Machine Learning Research 16 (2015).
"""

import numpy as np

from rlnotes.base.kernels import FloatMatrix, FloatVector, Int32Matrix, Int32Vector, IntMatrix, IntVector, kernel

PRECISION = 1e-9
"""of u; the maximum is accurate to its square"""
GAIN = 1e-12
"""the most that the last step may add to the value; near a pole, which a reward near b makes, a short step adds more"""
RESOLUTION = 2.0**33
"""evidence is rounded to multiples of 1/RESOLUTION, so that arms with the same rewards in another order tie"""
MARGIN = 1e-9
"""evidence by which an arm must exceed the least to be ruled out, so that rounding hides no tie"""


@kernel(error_model="numpy")
def least_divergence(
    rewards: FloatVector, before: Int32Vector, last: int, best: float, b: float, u: float
) -> tuple[float, float]:
    """T D_inf(F, best) of the T rewards `last`, before[last], … until −1; and its u. Newton's method from u, bracketed.

    The bracket ends at 2 until u = 1 has been tried.
    """
    low, high = 0.0, 2.0
    while True:
        value, slope, curvature, place = 0.0, 0.0, 0.0, last
        while place >= 0:
            z = (best - rewards[place]) / (b - best)
            part = z / (1 + u * z)
            value, slope, curvature = value + np.log1p(u * z), slope + part, curvature + part * part
            place = before[place]
        if slope > 0:
            low = u
        else:
            high = u
        newton = u + slope / curvature
        following = newton if low < newton < min(high, 1.0) else (low + min(high, 1.0)) / 2
        if newton >= 1 and high == 2:
            following = 1.0
        step = following - u
        if low >= 1 or step == 0 or (abs(step) <= PRECISION and abs(slope * step) <= GAIN):
            return value, u
        u = following


@kernel()
def remember(
    rewards: FloatMatrix,
    before: Int32Matrix,
    last: IntMatrix,
    solved: FloatMatrix,
    slope: FloatMatrix,
    action: IntVector,
    reward: FloatVector,
    t: int,
) -> None:
    """Store the reward of step t, counted from 0, per run; what was solved for the played arm no longer holds."""
    for run in range(len(action)):
        a = action[run]
        rewards[run, t], before[run, t], last[a, run] = reward[run], last[a, run], t
        solved[a, run] = slope[a, run] = 0.0


@kernel(error_model="numpy")
def bounded(
    rewards: FloatMatrix,
    before: Int32Matrix,
    last: IntMatrix,
    mean: FloatMatrix,
    log_count: FloatMatrix,
    b: float,
    solved: FloatMatrix,
    slope: FloatMatrix,
    at: FloatMatrix,
    start: FloatMatrix,
    index: FloatMatrix,
) -> None:
    """index ← −(T D_inf(F, μ̂*) + log T) for every arm and run; ∞ if T = 0; −∞ if it cannot be the largest.

    An arm with mean −∞ is not available; its index is any number.

    `solved` is T D_inf of the last solution, at μ̂* = `at`, `slope` its derivative there, and `start` its u.
    """
    arms, runs = mean.shape
    for run in range(runs):
        best, least = -np.inf, np.inf
        for arm in range(arms):
            best = max(best, mean[arm, run])
        for arm in range(arms):
            if mean[arm, run] == best:
                index[arm, run] = (
                    -np.rint(log_count[arm, run] * RESOLUTION) / RESOLUTION if last[arm, run] >= 0 else np.inf
                )
                least = min(least, -index[arm, run])
        for arm in range(arms):
            if mean[arm, run] == best or mean[arm, run] == -np.inf:
                continue
            tangent = solved[arm, run] + slope[arm, run] * (best - at[arm, run])
            if best >= b or tangent + log_count[arm, run] > least + MARGIN * (1 + abs(least)):
                index[arm, run] = -np.inf
                continue
            evidence, u = least_divergence(rewards[run], before[run], last[arm, run], best, b, start[arm, run])
            pulls = np.exp(log_count[arm, run])
            solved[arm, run], slope[arm, run] = evidence, pulls * u / (b - best)
            at[arm, run], start[arm, run] = best, u
            index[arm, run] = -np.rint((evidence + log_count[arm, run]) * RESOLUTION) / RESOLUTION
            least = min(least, -index[arm, run])
