"""Statistics of runs: intervals, paired differences, and the number of runs that a comparison needs.

Samples are [runs, ...]; the runs are independent of one another.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import chdtr, ndtri, stdtr, stdtrit

from rlnotes.simulation.estimate import Estimate, estimate

ROUNDING = 1e-11
"""share of the largest value below which a difference is taken for a rounding error"""


def gap(sample: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """sample − reference [runs, ...]; 0 where it is no larger than a rounding error of the largest finite number."""
    difference = sample - reference
    size = np.maximum(largest(sample), largest(reference))
    return np.where(np.abs(difference) <= ROUNDING * size, 0.0, difference)


def largest(sample: np.ndarray) -> np.ndarray:
    """The largest absolute value of the finite numbers of `sample` [runs, ...] over the runs."""
    found: np.ndarray = np.abs(sample).max(axis=0, initial=0, where=np.isfinite(sample))
    return found


def paired_difference(sample: np.ndarray, reference: np.ndarray, level: float = 0.95) -> Estimate:
    """Mean of sample − reference [runs, ...] with Student's interval; run i of both had common random numbers."""
    return estimate(gap(sample, reference), level)


def interquartile_mean(sample: np.ndarray, level: float = 0.95) -> Estimate:
    """Mean of the middle half of the runs, which a few extreme runs do not move, with its interval.

    x̄_t ± t_{(1+level)/2, h−1} · √(S_w / (h (h − 1))), h = runs − 2g, g = ⌊runs/4⌋

    x̄_t is the mean without the g smallest and the g largest runs. S_w = Σ (w − w̄)² of the sample in which each of these
    is replaced by the nearest run that stays. x̄_t estimates the mean of the middle half of the distribution.
    Source: Tukey & McLaughlin, Sankhyā A 25 (1963); Agarwal et al., NeurIPS 2021, for its use on agents.
    """
    runs = len(sample)
    g = runs // 4
    h = runs - 2 * g
    ordered = np.sort(sample, axis=0)
    squares = runs * np.clip(sample, ordered[g], ordered[runs - g - 1]).var(axis=0)
    with np.errstate(invalid="ignore"):  # NaN of a single run
        error = np.sqrt(squares / (h * (h - 1)))
    mean = ordered[g : runs - g].mean(axis=0)
    half = stdtrit(h - 1, (1 + level) / 2) * error
    return Estimate(mean, error, mean - half, mean + half)


class Band(NamedTuple):
    """A curve and the limits of its band."""

    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def quantile_band(sample: np.ndarray, share: float = 0.5) -> Band:
    """Median of the runs and the limits of their middle `share`: the spread of runs, not an error of the median."""
    quantiles = ((1 - share) / 2, 0.5, (1 + share) / 2)
    return Band(*np.quantile(sample, quantiles, axis=0, method="inverted_cdf"))


def performance_profile(sample: np.ndarray, thresholds: np.ndarray, level: float = 0.95) -> Band:
    """Share of the runs of `sample` [runs] with a score of at least τ, for all `thresholds` τ.

    share(τ) ± √(log(2 / (1 − level)) / (2 runs)), limited to [0, 1]

    The whole true curve lies within the band with probability `level` or more.
    Source: Massart, Annals of Probability 18 (1990); Agarwal et al., NeurIPS 2021, for its use on agents.
    """
    runs = len(sample)
    share = 1 - np.searchsorted(np.sort(sample), thresholds, side="left") / runs
    half = np.sqrt(np.log(2 / (1 - level)) / (2 * runs))
    return Band(np.maximum(share - half, 0), share, np.minimum(share + half, 1))


def superiority(sample: np.ndarray, reference: np.ndarray, level: float = 0.95) -> Estimate:
    """Probability that `sample` is above `reference` [runs], for runs with common random numbers; a tie counts half.

    p = mean of 1{x > y} + ½ 1{x = y}, where x = y up to rounding, with Wilson's interval, z = Φ⁻¹((1 + level) / 2):
    (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n)

    Ties do not make the interval narrower, although they vary less. For costs, swap the two. SciPy's function takes
    whole numbers only.
    Source: Wilson, JASA 22 (1927).
    """
    score = (1 + np.sign(gap(sample, reference))) / 2
    n, p = len(score), score.mean(axis=0)
    z = ndtri((1 + level) / 2)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return Estimate(p, estimate(score).standard_error, centre - half, centre + half)


def p_value(difference: Estimate, runs: int) -> np.ndarray:
    """Probability of a mean at least this far from 0 if there is no difference: 2 P(T_{runs−1} ≥ |mean| / error).

    1 for a single run. p ≤ 1 − level exactly if Student's interval excludes 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.abs(difference.mean) / difference.standard_error
    return np.nan_to_num(2 * stdtr(runs - 1, -distance), nan=1.0)


def holm(p_values: np.ndarray) -> np.ndarray:
    """The p-values of m tests, adjusted so that the probability of any false rejection stays at its level.

    p̃_(i) = max_{j≤i} min{1, (m − j + 1) p_(j)}, p_(1) ≤ … ≤ p_(m)

    The tests may depend on each other. Source: Holm, Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.maximum.accumulate(np.minimum(1, factors * p_values[order]))
    return adjusted


def power(effect: float, runs: int, level: float = 0.95) -> float:
    """Probability that this number of paired runs, 2 or more, shows a difference: |T| > t_{(1+level)/2, runs−1}.

    T = (Z + effect · √runs) / S is noncentral t, with Z standard normal and (runs − 1) S² chi-squared with runs − 1
    degrees of freedom. `effect` is mean / std of the paired differences, assumed Gaussian. The result is the mean over
    Z of P(S < |Z + effect · √runs| / t), by the trapezoidal rule, with an error below 1e-8 up to a million runs.
    (SciPy's noncentral t is NaN for large effects.)
    """
    z, step = np.linspace(-9, 9, 20_001, retstep=True)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    critical = stdtrit(runs - 1, (1 + level) / 2)
    shown = chdtr(runs - 1, (runs - 1) * ((z + effect * np.sqrt(runs)) / critical) ** 2)
    return float(min(1.0, density @ shown * step))


def runs_needed(effect: float, level: float = 0.95, power: float = 0.8) -> float:
    """Estimated number of paired runs that show a difference with this power; infinite if the effect is 0.

    n = ⌈((z_{(1+level)/2} + z_power) / effect)² + z²_{(1+level)/2} / 2⌉, at least 2

    `effect` is mean / std of the paired differences. Source: Guenther, The American Statistician 35 (1981).
    """
    z = ndtri((1 + level) / 2)
    with np.errstate(divide="ignore"):
        runs = (np.float64(z + ndtri(power)) / effect) ** 2 + z**2 / 2
    return float(np.maximum(np.ceil(runs), 2))


class Difference(NamedTuple):
    """An agent compared with another by paired runs."""

    estimate: Estimate
    """of the difference; the interval is for this difference alone"""
    p_value: float
    """adjusted for all pairs of agents"""
    different: bool
    """whether the difference is significant"""
    power: float
    """probability that this number of runs shows a difference as large as this one, after adjustment"""
    runs_needed: float
    """estimated number of runs that show it with a power of 0.8, if it is as large as here; NaN for a single run"""


def differences(samples: Sequence[np.ndarray], reference: int, level: float = 0.95) -> list[Difference | None]:
    """Each of the samples [runs] against the sample of index `reference`; None for the reference itself.

    If all agents are equal, the probability that any is called different is at most 1 − level, even if the same runs
    choose the reference as the best: Holm's correction is over all pairs of samples. A correction over the differences
    to the best alone is too weak: 8 % of comparisons of five equal agents called one different, instead of 5 %.
    """
    runs, others = len(samples[0]), [i for i in range(len(samples)) if i != reference]
    if not others:
        return [None]
    ordered = np.array([samples[i] for i in (reference, *others)]).T  # [runs, samples]; pairs with it come first
    pairs = [paired_difference(ordered[:, i, None], ordered[:, i + 1 :], level) for i in range(len(others))]
    p_values = np.concatenate([p_value(of_one, runs) for of_one in pairs])
    adjusted = holm(p_values)[: len(others)].tolist()
    # An upper limit whatever the other pairs are: Holm's correction is at most Bonferroni's.
    corrected = 1 - (1 - level) / len(p_values)

    def difference(agent: int, p: float) -> Difference:
        found = paired_difference(samples[agent], samples[reference], level)
        with np.errstate(divide="ignore", invalid="ignore"):
            effect = np.abs(found.mean) / (found.standard_error * np.sqrt(runs))
        shown = np.nan if np.isnan(effect) else power(effect, runs, corrected)
        return Difference(found, p, p <= 1 - level, shown, runs_needed(effect, corrected))

    found = [difference(agent, p) for agent, p in zip(others, adjusted, strict=True)]
    return [*found[:reference], None, *found[reference:]]
