"""Per-decision importance sampling."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged


def per_decision(logged: Logged) -> np.ndarray:
    """Each reward, weighted by the actions up to it alone: later actions do not change it.

    V̂ = (1/n) Σ_i Σ_t γ^t ρ_{0:t} R_t

    Unbiased if π_b takes every action that π takes.
    Source: Precup, Sutton & Singh, ICML 2000; Sutton & Barto (2nd ed.), section 5.9.
    """
    terms: np.ndarray = (logged.weight * logged.reward) @ logged.discounts
    return terms
