"""Scalar reference implementations of bandit algorithms, of one run.

An index rule is a function `indices(history, t, k)`: the indices of k arms in step t, from the history
[(arm, reward), …] of the steps before; ∞ for an arm that was never played.
"""

from math import fsum, inf, log, sqrt

import numpy as np
from scipy import stats


def mean(rewards):
    """The mean of rewards, independent of their order."""
    return fsum(rewards) / len(rewards)


def bernoulli(p, q):
    """d(p, q) of two Bernoulli distributions."""
    return sum(x * log(x / y) if x and y else inf if x else 0.0 for x, y in ((p, q), (1 - p, 1 - q)))


def gaussian(p, q):
    """d(p, q) of two Gaussian distributions with σ = 1."""
    return (p - q) ** 2 / 2


def largest(p, budget):
    """max{q: d(p, q) ≤ budget} of Bernoulli's d, by bisection."""
    low, high = p, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if bernoulli(p, middle) <= budget else (low, middle)
    return low


def rewards_by_arm(history, k):
    """The rewards of every arm."""
    return [[x for a, x in history if a == arm] for arm in range(k)]


def each(index):
    """The rule whose index of an arm depends on this arm only: `index(rewards of the arm, t, k)`."""
    return lambda history, t, k: [index(paid, t, k) if paid else inf for paid in rewards_by_arm(history, k)]


def imed(divergence):
    def indices(history, t, k):
        paid = rewards_by_arm(history, k)
        best = max((mean(x) for x in paid if x), default=0.0)
        return [-(len(x) * divergence(mean(x), best) + log(len(x))) if x else inf for x in paid]

    return indices


def least_divergence(paid, best, b=1.0):
    """D_inf of rewards `paid`: the largest mean of log(1 − λ (x − best)), 0 ≤ λ ≤ 1/(b − best), by bisection on λ."""
    if best >= b:
        return inf if mean(paid) < best else 0.0
    low, high = 0.0, 1 / (b - best)
    for _ in range(100):
        middle = (low + high) / 2
        rising = sum((best - x) / (1 - middle * (x - best)) for x in paid) > 0
        low, high = (middle, high) if rising else (low, middle)
    return fsum(log(1 - low * (x - best)) for x in paid) / len(paid)


def bounded_imed(history, t, k):
    paid = rewards_by_arm(history, k)
    best = max((mean(x) for x in paid if x), default=0.0)
    divergence = [least_divergence(x, best) if x and mean(x) < best else 0.0 for x in paid]
    evidence = [len(x) * d + log(len(x)) if x else -inf for x, d in zip(paid, divergence, strict=True)]
    return [-round(e * 2**33) / 2**33 if abs(e) < inf else -e for e in evidence]


def kl_ucb(c):
    def index(paid, t, k):
        exploration = log(t) + c * log(max(1, log(t)))
        return largest(mean(paid), exploration / len(paid))

    return each(index)


def gaussian_kl_ucb(paid, t, k):
    return mean(paid) + sqrt(2 * log(t) / len(paid))


def sliding_window_ucb(tau, b):
    def indices(history, t, k):
        bonus = b * sqrt(0.6 * log(max(1, min(t - 1, tau))))
        return [mean(x) + bonus / sqrt(len(x)) if x else inf for x in rewards_by_arm(history[-tau:], k)]

    return indices


def discounted_ucb(gamma, b):
    def indices(history, t, k):
        weights, totals = [0.0] * k, [0.0] * k
        for arm, x in history:
            weights = [gamma * w + (i == arm) for i, w in enumerate(weights)]
            totals = [gamma * s + (i == arm) * x for i, s in enumerate(totals)]
        bonus = 2 * b * sqrt(0.6 * log(max(1.0, sum(weights))))
        return [s / w + bonus / sqrt(w) if w else inf for w, s in zip(weights, totals, strict=True)]

    return indices


def ucb1(c):
    return lambda paid, t, k: mean(paid) + c * sqrt(log(t - 1) / len(paid))


def ucb_v(paid, t, k, b=1.0):
    variance, n, exploration = fsum((x - mean(paid)) ** 2 for x in paid) / len(paid), len(paid), 1.2 * log(t)
    return mean(paid) + sqrt(2 * exploration * variance / n) + 3 * b * exploration / n


def ucb_tuned(paid, t, k, b=1.0):
    variance, n, log_t = fsum((x - mean(paid)) ** 2 for x in paid) / len(paid), len(paid), log(t - 1)
    return mean(paid) + sqrt(log_t / n * min(b**2 / 4, variance + b**2 * sqrt(2 * log_t / n)))


def kl_ucb_plus_plus(n, upper):
    """The bound is upper(mean, g(T) / T)."""

    def index(paid, t, k):
        share = n / (k * len(paid))
        g = log(share * (1 + log(share) ** 2)) if share > 1 else 0.0
        return upper(mean(paid), g / len(paid)) if g else mean(paid)

    return each(index)


def bayes_ucb(n, c, quantile):
    """The index is quantile(rewards, level of the quantile), also of an arm without rewards."""

    def indices(history, t, k):
        level = 1 - min(1 / (t * log(n) ** c), 0.5)
        return [quantile(paid, level) for paid in rewards_by_arm(history, k)]

    return indices


def beta_quantile(paid, level):
    ones = round(sum(paid))
    return stats.beta.ppf(level, 1 + ones, 1 + len(paid) - ones)


def gaussian_quantile(paid, level):
    return stats.norm.ppf(level, mean(paid), 1 / sqrt(len(paid))) if paid else inf


def tsallis(loss, eta):
    """Probabilities 4 / (η (loss − x))² with the sum 1, by bisection on x."""
    low, high = min(loss) - 2 * sqrt(len(loss)) / eta, min(loss) - 2 / eta
    for _ in range(200):
        x = (low + high) / 2
        weight = 4 / (eta * (loss - x)) ** 2
        low, high = (low, x) if weight.sum() > 1 else (x, high)
    return weight / weight.sum()


def moss_anytime(paid, t, k):
    return mean(paid) + sqrt(2 * 2.35 / len(paid) * log(max(1, t / (k * len(paid)))))


def play_by_index(index, rewards):
    """Arms of an index policy on rewards [horizon, k]; `index(mean, pulls, t)` is of an arm that was played."""
    k = len(rewards[0])
    counts, sums, arms = [0] * k, [0.0] * k, []
    for t in range(1, len(rewards) + 1):
        indices = [index(sums[i] / counts[i], counts[i], t) if counts[i] else inf for i in range(k)]
        arm = max(range(k), key=lambda i: indices[i])
        arms.append(arm)
        counts[arm] += 1
        sums[arm] += rewards[t - 1][arm]
    return arms


def successive_elimination(rewards, bonus):
    """Arms of successive elimination on rewards [horizon, k]; the radius of a bound is bonus / √T."""
    active, paid, played = list(range(rewards.shape[1])), [[] for _ in range(rewards.shape[1])], []
    while True:
        for arm in active:
            if len(played) == len(rewards):
                return played
            paid[arm].append(rewards[len(played), arm])
            played.append(arm)
        radius = {arm: bonus / sqrt(len(paid[arm])) for arm in active}
        lower = max(mean(paid[arm]) - radius[arm] for arm in active)
        active = [arm for arm in active if mean(paid[arm]) + radius[arm] >= lower]


def ridge(seen, dimension, regularisation=1.0):
    """V and θ̂ from [(x, X), …], by their definitions."""
    v = regularisation * np.eye(dimension) + sum((np.outer(x, x) for x, _ in seen), np.zeros((dimension, dimension)))
    return v, np.linalg.solve(v, sum((paid * x for x, paid in seen), np.zeros(dimension)))


def lin_ucb(x, v, theta, normal):
    """Indices of the arms x [k, dimension] with λ = 0.5, S = 2, σ = 1 and δ = 0.1."""
    beta = sqrt(0.5) * 2 + sqrt(2 * log(10) + np.linalg.slogdet(v / 0.5)[1])
    return [a @ theta + beta * sqrt(a @ np.linalg.solve(v, a)) for a in x]


def lin_thompson(x, v, theta, normal):
    """Indices of the arms x [k, dimension] with v = 0.3, from standard normals [dimension]."""
    return list(x @ (theta + 0.3 * np.linalg.cholesky(np.linalg.inv(v)) @ normal))


def lin_greedy(x, v, theta, normal):
    """Estimated rewards of the arms x [k, dimension]."""
    return list(x @ theta)
