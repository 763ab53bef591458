"""Draws of every arm's mean from its posterior, for all arms and runs.

The first numbers of every draw come from the agent's stream, equally many in every step. The few draws that need more
get them from a hash of the run's key, the step and the arm. So the random numbers of a run do not depend on the
posteriors of the others.
"""

import numpy as np

from rlnotes.base.kernels import (
    FloatCube,
    FloatMatrix,
    FloatVector,
    IntMatrix,
    IntVector,
    Uint16Cube,
    UintVector,
    kernel,
)

STEP, LEAP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1342543DE82EF95)
"""odd increments of the state: STEP between the numbers of one variate, LEAP between the variates of a run"""


@kernel()
def uniform(state: np.uint64) -> float:
    """A number above 0 and below 1, by the hash of SplitMix64.

    Source: Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (np.float64(z >> np.uint64(11)) + 0.5) * 2.0**-53


@kernel()
def normal(state: np.uint64) -> float:
    """A standard normal, √(−2 log U) cos(2π V) of two uniform numbers (Box & Muller, 1958)."""
    return np.sqrt(-2 * np.log(uniform(state))) * np.cos(2 * np.pi * uniform(state + STEP))


@kernel()
def surely_accepted(d: float, v: float, x: float, u: float) -> bool:
    """Whether x⁴ (4 + v) < 540 d v (u + u²/2); then `gamma` accepts.

    Its test is log(1 − u) < x²/2 + d (1 − v³ + 3 log v). The left side is at most −u − u²/2. With y = v − 1 = x/√(9d),

        3 log v ≥ 3y − 3/2 y² + y³ − 3/4 y⁴ (1 + y/5) / v    for v > 0,

    since both sides are 0 at y = 0, and the derivative of their difference is 3/5 y⁵/v². So the right side of the test
    is at least −x⁴ (4 + v) / (540 d v).
    """
    square = x * x
    return square * square * (4 + v) < 540 * d * v * u * (1 + u / 2)


@kernel(error_model="numpy")
def gamma(d: float, slope: float, x: float, u: float, state: np.uint64) -> float:
    """A gamma variate of shape d + 1/3, which is 1 or more; `slope` is 1/√(9d).

    With x a normal and u a uniform number, d v³ is accepted if log(1 − u) < x²/2 + d (1 − v³ + 3 log v),
    v = 1 + x · slope. After a refusal, `state` gives the next x and u.
    Source: Marsaglia & Tsang, ACM Transactions on Mathematical Software 26 (2000).
    """
    while True:
        v = 1 + x * slope
        cube = v * v * v
        if surely_accepted(d, v, x, u) or (v > 0 and np.log(1 - u) < x * x / 2 + d * (1 - cube + 3 * np.log(v))):
            return d * cube
        x, u = normal(state), uniform(state + STEP + STEP)
        state += STEP + STEP + STEP


@kernel()
def observe_beta(shape: FloatCube, slope: FloatCube, action: IntVector, reward: FloatVector) -> None:
    """Add a reward of 0 or 1 of the played arm, per run; `shape` and `slope` are those of `beta`."""
    for run in range(len(action)):
        side, arm = 0 if reward[run] > 0 else 1, action[run]
        shape[side, arm, run] += 1
        slope[side, arm, run] = 1 / np.sqrt(9 * shape[side, arm, run])


@kernel(error_model="numpy")
def beta(
    shape: FloatCube, slope: FloatCube, x: FloatCube, u: Uint16Cube, key: UintVector, t: int, drawn: FloatMatrix
) -> None:
    """drawn ← Beta(α, β), for every arm and run: G / (G + H) of gamma variates G and H of the shapes α and β.

    α and β are 1 or more. `shape` [2, arms, runs] is α − 1/3 and β − 1/3, `slope` is 1/√(9 · shape), `x` is standard
    normal. `u` has the first 16 bits of a uniform number. Nearly all variates are surely accepted, without logarithms
    and without a branch.
    """
    arms, runs = drawn.shape
    unsure = np.empty(runs, np.int64)
    for arm in range(arms):
        x_a, x_b, u_a, u_b = x[0, arm], x[1, arm], u[0, arm], u[1, arm]
        d_a, d_b, slope_a, slope_b, row = shape[0, arm], shape[1, arm], slope[0, arm], slope[1, arm], drawn[arm]
        for run in range(runs):
            v_a, v_b = 1 + x_a[run] * slope_a[run], 1 + x_b[run] * slope_b[run]
            sure_a = surely_accepted(d_a[run], v_a, x_a[run], u_a[run] * 2.0**-16)
            sure_b = surely_accepted(d_b[run], v_b, x_b[run], u_b[run] * 2.0**-16)
            success, failure = d_a[run] * (v_a * v_a * v_a), d_b[run] * (v_b * v_b * v_b)
            row[run] = success / (success + failure) if sure_a & sure_b else np.nan
        many = 0
        for run in range(runs):
            unsure[many] = run
            many += np.isnan(row[run])
        for run in unsure[:many]:
            state = key[run] + np.uint64(2 * (t * arms + arm)) * LEAP
            other = state + LEAP
            u_success, u_failure = (u_a[run] + uniform(state)) * 2.0**-16, (u_b[run] + uniform(other)) * 2.0**-16
            success = gamma(d_a[run], slope_a[run], x_a[run], u_success, state + STEP)
            failure = gamma(d_b[run], slope_b[run], x_b[run], u_failure, other + STEP)
            row[run] = success / (success + failure)


@kernel(error_model="numpy")
def log_gamma(shape: float, state: np.uint64) -> float:
    """The logarithm of a gamma variate of any `shape` above 0; below 1, that of G U^(1/shape), G of shape + 1.

    Source: Marsaglia & Tsang, section 6.
    """
    d = shape - 1 / 3 if shape >= 1 else shape + 2 / 3
    slope, following = 1 / np.sqrt(9 * d), state + STEP + STEP + STEP
    variate = np.log(gamma(d, slope, normal(state), uniform(state + STEP + STEP), following))
    return variate if shape >= 1 else variate + np.log(uniform(state - STEP)) / shape


@kernel()
def small_beta(
    counts: IntMatrix, total: FloatMatrix, a: float, b: float, key: UintVector, t: int, drawn: FloatMatrix
) -> None:
    """drawn ← Beta(a + S, b + T − S), for every arm and run, also where a or b is below 1.

    Gamma variates G and H can then be too small for a floating-point number. Their logarithms give G / (G + H).
    """
    arms, runs = counts.shape
    for arm in range(arms):
        leap = np.uint64(2 * (t * arms + arm)) * LEAP
        for run in range(runs):
            state, unpaid = key[run] + leap, counts[arm, run] - total[arm, run]
            difference = log_gamma(b + unpaid, state + LEAP) - log_gamma(a + total[arm, run], state)
            drawn[arm, run] = 1 / (1 + np.exp(difference))
