"""The probabilities of the ε-greedy policy."""

import numpy as np


def epsilon_greedy(q: np.ndarray, epsilon: float | np.ndarray) -> np.ndarray:
    """π(a) [actions, runs] for values `q` [actions, runs]: the best actions share 1 − ε, and all available ones ε.

    An action with the value −∞ is not available.
    """
    best, available = q == q.max(axis=0), q > -np.inf
    policy: np.ndarray = (1 - epsilon) * best / best.sum(axis=0) + epsilon * available / available.sum(axis=0)
    return policy
