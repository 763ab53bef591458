"""The SWITCH estimator."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged
from rlnotes.off_policy.doubly_robust import corrected, cross_fitted

LARGEST = 10.0
"""τ, the largest weight that is used"""


def switch(logged: Logged) -> np.ndarray:
    """The doubly robust estimator up to the first weight above τ; from there on, what the model says.

    V̂ = (1/n) Σ_i Σ_t γ^t [ρ_{0:t} 1_t (R_t − Q̂(S_t, A_t)) + ρ_{0:t−1} 1_{t−1} V̂(S_t)],
    1_t = 1{ρ_{0:k} ≤ τ for all k ≤ t}

    Biased where weights exceed τ and the model is wrong; its variance stays bounded. τ = `LARGEST`.
    Source: Wang, Agarwal & Dudík, ICML 2017, for one step; several steps in the same way.
    """
    kept = (logged.weight <= LARGEST).cumprod(axis=1)
    return corrected(logged, cross_fitted(logged), kept)
