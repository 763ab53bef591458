"""What the literature asks of linear values in a finite MDP."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class PredictionTask:
    """Features and policies that belong to an example; agents use them where their own settings are null."""

    features: np.ndarray
    """x(s) [states, size]"""
    policy: np.ndarray
    """π(a|s) [states, actions], the policy to evaluate"""
    behaviour: np.ndarray
    """b(a|s) [states, actions], the policy that plays"""
    weights: np.ndarray
    """the weights at the start [size]"""
