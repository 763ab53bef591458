"""Draws and values of the actions that a mask allows."""

import numpy as np


def draw_allowed(allowed: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Random numbers of actions [runs], uniform over the `allowed` ones [runs, actions], by a `uniform` number each."""
    order = np.argsort(~allowed, axis=1, kind="stable")  # the allowed actions first
    return order[np.arange(len(allowed)), (uniform * allowed.sum(axis=1)).astype(np.int64)]


def allowed_values(q: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
    """Q(s, ·) [..., actions] with −∞ for the actions that are not `allowed`; None allows all."""
    return q if allowed is None else np.where(allowed, q, -np.inf)
