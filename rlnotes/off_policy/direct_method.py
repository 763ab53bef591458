"""The direct method."""

import numpy as np

from rlnotes.off_policy.base.logged import Logged
from rlnotes.off_policy.base.value_models import fitted
from rlnotes.off_policy.doubly_robust import corrected


def direct_method(logged: Logged) -> np.ndarray:
    """The value of π in a model that is fitted to the data.

    V̂ = (1/n) Σ_i V̂(S_0)

    Its variance is small, and it is biased where the model is wrong: with Markov states in a table the model is right
    in the limit, with linear rewards only if rewards are linear. The terms are those of the doubly robust estimator
    with the same model, moved to the mean V̂: their spread says how much V̂ varies if the model is right.
    Source: Dudík, Langford & Li, ICML 2011.
    """
    values = fitted(logged, logged)
    terms = corrected(logged, values)
    return terms - terms.mean() + values.v[:, 0].mean()
