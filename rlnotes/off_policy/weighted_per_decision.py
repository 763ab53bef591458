"""Weighted per-decision importance sampling."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged


def weighted_per_decision(logged: Logged) -> np.ndarray:
    """A weighted mean of the rewards at each step t, added up over the steps.

    V̂ = Σ_t γ^t v_t,    v_t = Σ_i ρ_{0:t} R_t / Σ_i ρ_{0:t}

    Biased, by an order of 1/n. The terms are those of the delta method, v_t + (ρ_{0:t} / ρ̄_{0:t}) (R_t − v_t) at
    each step.
    Source: Thomas, Safe reinforcement learning, thesis (2015), section 3.9 (CWPDIS).
    """
    mean = logged.weight.mean(axis=0)
    share = np.divide(logged.weight, mean, out=np.zeros_like(logged.weight), where=mean > 0)
    value = (share * logged.reward).mean(axis=0)
    terms: np.ndarray = (value + share * (logged.reward - value)) @ logged.discounts
    return terms
