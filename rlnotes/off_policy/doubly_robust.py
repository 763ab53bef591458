"""The doubly robust estimator."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged
from rlnotes.off_policy.base.value_models import Values, fitted


def doubly_robust(logged: Logged) -> np.ndarray:
    """A model of values, corrected by weighted errors of the model.

    V̂ = (1/n) Σ_i Σ_t γ^t [ρ_{0:t} (R_t − Q̂(S_t, A_t)) + ρ_{0:t−1} V̂(S_t)]

    Unbiased, whatever the model says, since the model of an episode is fitted to other episodes: those of the other
    half. A good model makes the variance small.
    Source: Dudík, Langford & Li, ICML 2011; Jiang & Li, ICML 2016; Chernozhukov et al., Econometrics Journal 21 (2018).
    """
    return corrected(logged, cross_fitted(logged))


def cross_fitted(logged: Logged) -> Values:
    """The values of every episode, by a model of the other half: episodes with even numbers, and with odd ones."""
    n = len(logged.reward)
    q, v = np.zeros((2, *logged.reward.shape))
    for half in (0, 1):
        own = np.arange(half, n, 2)
        others = np.arange(1 - half, n, 2)
        if len(own):
            q[own], v[own] = fitted(logged.part(others if len(others) else own), logged.part(own))
    return Values(q, v)


def corrected(logged: Logged, values: Values, kept: np.ndarray | float = 1.0) -> np.ndarray:
    """Σ_t γ^t [ρ_{0:t} (R_t − Q̂(S_t, A_t)) + ρ_{0:t−1} V̂(S_t)] [n], with weights ρ that are `kept` or 0."""
    weight = logged.weight * kept
    before = np.concatenate([np.ones((len(weight), 1)), weight[:, :-1]], axis=1)
    terms: np.ndarray = (weight * (logged.reward - values.q) + before * values.v) @ logged.discounts
    return terms
