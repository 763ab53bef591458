"""Weighted importance sampling."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged


def weighted_importance_sampling(logged: Logged) -> np.ndarray:
    """A mean of the returns with the weights ρ_{0:T−1}, whose sum it divides by.

    V̂ = Σ_i ρ_{0:T−1} G / Σ_i ρ_{0:T−1}

    Biased, by an order of 1/n; its variance is often far smaller than that of importance sampling. The terms are those
    of the delta method, V̂ + (ρ_{0:T−1} / ρ̄) (G − V̂), with the mean weight ρ̄.
    Source: Precup, Sutton & Singh, ICML 2000; Sutton & Barto (2nd ed.), section 5.5.
    """
    weight, returns = logged.weight[:, -1], logged.returns
    value = weight @ returns / weight.sum()
    terms: np.ndarray = value + weight / weight.mean() * (returns - value)
    return terms
