"""Importance sampling [notes 2.6]."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged


def importance_sampling(logged: Logged) -> np.ndarray:
    """The return of each episode, weighted by how much more often π has the episode than the policy that acted.

    V̂ = (1/n) Σ_i ρ_{0:T−1} G,    ρ_{0:T−1} = Π_t π(A_t|S_t) / π_b(A_t|S_t)

    Unbiased if π_b takes every action that π takes. Its variance may grow exponentially with T, and may be infinite.
    Source: Precup, Sutton & Singh, ICML 2000; Sutton & Barto (2nd ed.), section 5.5.
    """
    return logged.weight[:, -1] * logged.returns
