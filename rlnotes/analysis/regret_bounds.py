"""Bounds on the regret of bandits, as functions; `theorems.py` says which of them apply when.

`n` is a number of steps, and R_n = Σ_a Δ_a E[T_a(n)] the expected regret after them, in units of reward [notes 1.2].
`gaps` [..., k] holds the gaps Δ_a = max_b μ_b − μ_a of the arms of one problem instance or of several. n broadcasts
against the instances: n[:, None] with gaps [instances, k] gives [steps, instances]. Rewards are 1-subgaussian unless a
docstring says otherwise; N(μ, σ²) with σ ≤ 1 and all rewards within [0, 1] are. A function gives the bound of its
theorem; `capped` limits it to n Δ_max.

L&S is Lattimore & Szepesvári, Bandit Algorithms (2020). How the constants were checked:

- Theorems 6.1, 7.1, 11.2 and 15.2 were read in the book's draft of 2018, with their proofs, and the end of that of 8.1.
- Theorems 7.2, 8.1, 9.1, 11.2, 15.2 and 36.5 were read in a formal restatement of the printed book, with its pages.
  Theorem 9.1 has the factor 39 there and 38 in the draft; the code has 39.
- Theorem 1 of Auer, Cesa-Bianchi & Fischer was read in two restatements, with its proof.
- Derived again by hand: 6.1 and (6.6); 7.1 with u = ⌈16 log n / Δ²⌉, where rounding and the two failure events give
  the 3 Δ; 7.2, by splitting the gaps of 7.1 at √(16 k log n / n); 5/ε² of 8.1, as Σ_t 1/f(t) < 5/2 and
  Σ_s exp(−sε²/2) < 2/ε²; 11.2 for any η; the mean of Exp3-IX's regret from its tail.
- The bounds of UCB-V, Exp3-IX, KL-UCB++ and Tsallis-INF are from memory; their texts were not at hand. Of Tsallis-INF's
  the 4 √(nk) was derived again by hand: 2 √(nk) from the entropy, and at most η_t √k / 2 from the losses of step t.
- Simulated in the tests: `etc_regret` is the mean regret of ETC; agents stay below their bounds on random instances.
"""

from math import log, pi, sqrt

import numpy as np
from scipy.special import ndtr, rel_entr

Steps = int | np.ndarray


def capped(bound: np.ndarray, n: Steps, gaps: np.ndarray) -> np.ndarray:
    """min{bound, n Δ_max}: the regret is at most that of playing the worst arm in every step."""
    return np.minimum(bound, n * gaps.max(axis=-1))


def inverse(gaps: np.ndarray) -> np.ndarray:
    """1/Δ_a of every suboptimal arm, at most 10³⁰⁰; 0 for arms without a gap, which cost nothing."""
    return np.divide(1, np.maximum(gaps, 1e-300), out=np.zeros(gaps.shape), where=gaps > 0)


def gaussian_kl(gaps: np.ndarray, std: float | np.ndarray = 1.0) -> np.ndarray:
    """KL(N(μ, σ²) ‖ N(μ + Δ, σ²)) = Δ² / (2σ²), infinite if σ = 0 and Δ > 0."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.divide(gaps, std, out=np.zeros(gaps.shape), where=gaps > 0) ** 2 / 2


def bernoulli_kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL(B(p) ‖ B(q)) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)) of probabilities."""
    # Pinsker's inequality holds exactly; rounding would break it where p is close to q.
    return np.maximum(rel_entr(p, q) + rel_entr(1 - p, 1 - q), 2 * (p - q) ** 2)


def lai_robbins(n: Steps, gaps: np.ndarray, divergence: np.ndarray) -> np.ndarray:
    """The slowest possible growth of regret in the limit: Σ_{Δ_a>0} Δ_a / KL(a, best) · log n.

    lim inf R_n / log n is at least this slope, for every agent whose regret is o(n^p) on all instances for all p > 0.
    It is not a bound at any n: good agents have less regret for a long time. `divergence` [..., k] is KL(a, best), the
    divergence of the rewards of arm a from the rewards it would have as the best arm: `gaussian_kl`, `bernoulli_kl`.
    Source: Lai & Robbins, Advances in Applied Mathematics 6 (1985); L&S, Theorem 16.2.
    """
    pulls = 1 / np.maximum(divergence, 1e-300)
    return np.multiply(gaps, pulls, out=np.zeros(gaps.shape), where=gaps > 0).sum(axis=-1) * np.log(n)


def minimax_lower(n: Steps, k: int) -> np.ndarray:
    """R_n ≥ √((k − 1) n) / 27 for every agent on some instance N(μ, 1) with μ ∈ [0, 1]^k; 0 if n < k − 1.

    On other instances the regret may be less. Source: L&S, Theorem 15.2.
    """
    return np.where(np.asarray(n) >= k - 1, np.sqrt((k - 1) * np.asarray(n)) / 27, 0.0)


def etc_bound(n: Steps, gaps: np.ndarray, m: int) -> np.ndarray:
    """R_n ≤ m Σ_a Δ_a + (n − mk)⁺ Σ_a Δ_a exp(−m Δ_a² / 4) for ETC with m pulls of each arm [notes 1.7].

    Source: L&S, Theorem 6.1.
    """
    wrong = gaps * np.exp(-m * gaps**2 / 4)
    return m * gaps.sum(axis=-1) + np.maximum(n - m * gaps.shape[-1], 0) * wrong.sum(axis=-1)


def etc_optimal_bound(n: Steps, gap: float | np.ndarray) -> np.ndarray:
    """R_n ≤ min{nΔ, Δ + 4/Δ (1 + max{0, log(nΔ²/4)})} for ETC on two arms, with m chosen by the gap Δ > 0.

    m = max{1, ⌈4/Δ² log(nΔ²/4)⌉}. Source: L&S, (6.5) and (6.6).
    """
    log_term = np.log(n) + 2 * np.log(gap / 2)
    return np.minimum(n * gap, gap + 4 / gap * (1 + np.maximum(0, log_term)))


def etc_regret(n: Steps, gap: float | np.ndarray, m: int, std: float = 1.0) -> np.ndarray:
    """R_n = min{n, 2m} Δ/2 + (n − 2m)⁺ Δ Φ(−Δ √(m/2) / σ) for ETC on two arms N(μ, σ²), σ > 0.

    The difference of the two means of m rewards is N(Δ, 2σ²/m). If it is below 0, ETC plays the worse arm from then
    on. Exact for n ≥ 2m; before that within Δ/2, since either arm may be the first.
    """
    wrong = ndtr(-gap * sqrt(m / 2) / std)
    return np.minimum(n, 2 * m) * gap / 2 + np.maximum(n - 2 * m, 0) * gap * wrong


def ucb_bound(n: Steps, gaps: np.ndarray) -> np.ndarray:
    """R_n ≤ 3 Σ_a Δ_a + Σ_{Δ_a>0} 16 log n / Δ_a for UCB with δ = 1/n² [notes 1.5]. Source: L&S, Theorem 7.1."""
    return 3 * gaps.sum(axis=-1) + 16 * np.log(n) * inverse(gaps).sum(axis=-1)


def ucb_worst_case(n: Steps, gaps: np.ndarray) -> np.ndarray:
    """R_n ≤ 8 √(n k log n) + 3 Σ_a Δ_a for UCB with δ = 1/n² [notes 1.5]. Source: L&S, Theorem 7.2."""
    return 8 * np.sqrt(n * gaps.shape[-1] * np.log(n)) + 3 * gaps.sum(axis=-1)


def ucb_asymptotic_bound(n: Steps, gaps: np.ndarray) -> np.ndarray:
    """The bound of UCB without a horizon [notes 1.6].

    R_n ≤ Σ_{Δ_a>0} inf_{0<ε<Δ_a} Δ_a (1 + 5/ε² + c/(Δ_a − ε)²)    c = 2 (log f(n) + √(π log f(n)) + 1)
        = Σ_{Δ_a>0} Δ_a + (5^⅓ + c^⅓)³ / Δ_a                           f(n) = 1 + n log² n

    since 5/ε² + c/(Δ − ε)² is smallest at ε/(Δ − ε) = (5/c)^⅓. Source: L&S, Theorem 8.1.
    """
    log_f = np.log1p(n * np.log(n) ** 2)
    c = 2 * (log_f + np.sqrt(pi * log_f) + 1)
    return gaps.sum(axis=-1) + (np.cbrt(5) + np.cbrt(c)) ** 3 * inverse(gaps).sum(axis=-1)


def moss_bound(n: Steps, gaps: np.ndarray) -> np.ndarray:
    """R_n ≤ 39 √(kn) + Σ_a Δ_a for MOSS with the horizon n. Source: L&S, Theorem 9.1."""
    return 39 * np.sqrt(gaps.shape[-1] * n) + gaps.sum(axis=-1)


def kl_ucb_plus_plus_bound(n: Steps, k: int) -> np.ndarray:
    """R_n ≤ 38 √(kn) + k for KL-UCB++ with the horizon n and Bernoulli arms, whose variance is at most ¼.

    The source has 76 √(Vkn) + (μ⁺ − μ⁻) k for exponential families with variances up to V and means from μ⁻ to μ⁺.
    Source: Ménard & Garivier, ALT 2017, Theorem 1.
    """
    return 38 * np.sqrt(k * np.asarray(n)) + k


def ucb1_bound(n: Steps, gaps: np.ndarray) -> np.ndarray:
    """R_n ≤ 8 Σ_{Δ_a>0} log n / Δ_a + (1 + π²/3) Σ_a Δ_a for UCB1 and rewards within [0, 1].

    Source: Auer, Cesa-Bianchi & Fischer, Machine Learning 47 (2002), Theorem 1.
    """
    return 8 * np.log(n) * inverse(gaps).sum(axis=-1) + (1 + pi**2 / 3) * gaps.sum(axis=-1)


def ucb_v_bound(n: Steps, gaps: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """R_n ≤ 10 Σ_{Δ_a>0} (σ_a²/Δ_a + 2) log max{n, 2} for UCB-V with ζ = 1.2, c = 1 and rewards within [0, 1].

    `variance` [..., k] are the σ_a². The source has log n, which is 0 at n = 1.
    Source: Audibert, Munos & Szepesvári, Theoretical Computer Science 410 (2009), Theorem 4.
    """
    return 10 * np.log(np.maximum(n, 2)) * (variance * inverse(gaps) + 2 * (gaps > 0)).sum(axis=-1)


def exp3_bound(n: Steps, k: int, eta: float) -> np.ndarray:
    """R_n ≤ log(k)/η + η n k / 2 for Exp3 with learning rate η > 0 and any rewards within [0, 1].

    It is √(2 n k log k) if η = √(2 log(k) / (nk)). R_n is the regret against the best single arm in hindsight, in
    expectation over the agent's random numbers. Source: L&S, (11.15) and Theorem 11.2.
    """
    return log(k) / eta + eta * np.asarray(n) * k / 2


def exp3_ix_bound(n: Steps, k: int) -> np.ndarray:
    """R_n ≤ 4 √(nk log k) + (2 √(nk / log k) + 1) (1 + log 2) for Exp3-IX, η_t = √(log k / (kt)), k > 1, as for Exp3.

    The source has log(2/δ) in place of 1 + log 2: the regret is larger than that with probability at most δ, for all δ.
    Then log(1/δ) is at most exponentially distributed, with mean 1.
    Source: Neu, Explore no more, NeurIPS 2015, Theorem 1.
    """
    n = np.asarray(n)
    return 4 * np.sqrt(n * k * log(k)) + (2 * np.sqrt(n * k / log(k)) + 1) * (1 + log(2))


def tsallis_inf_bound(n: Steps, k: int) -> np.ndarray:
    """R_n ≤ 4 √(kn) + 1 for Tsallis-INF with importance-weighted losses and any rewards within [0, 1], as for Exp3.

    Source: Zimmert & Seldin, JMLR 22 (2021), Theorem 1.
    """
    return 4 * np.sqrt(k * np.asarray(n)) + 1


def thompson_bound(n: Steps, k: int) -> np.ndarray:
    """BR_n ≤ √(k n log(k) / 2), the mean regret over instances drawn from the prior of Thompson sampling.

    For rewards within [0, 1]. Source: Russo & Van Roy, JMLR 17 (2016), Propositions 1 and 3; L&S, Theorem 36.5.
    """
    return np.sqrt(k * np.asarray(n) * log(k) / 2)
