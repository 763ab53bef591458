"""The linear equations of a Markov chain."""

import numpy as np
from scipy.sparse import block_array, csr_array, eye_array
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import bicgstab, spsolve

from rlnotes.envs.errors import SettingError

DENSE = 500
"""states up to which equations are solved densely"""


def solve(transition: csr_array, reward: np.ndarray) -> np.ndarray:
    """x = (I − P)⁻¹ r [states] for a matrix P ≥ 0 [states, states] whose rows sum to at most 1.

    By LAPACK where P is small. Where it is large, by BiCGSTAB (van der Vorst 1992), again on what is left until that
    is of the size of rounding, since a sparse factorisation fills in; and by that where BiCGSTAB does not converge.
    Raises `SettingError` where there are states from which the rows sum to 1 for ever.
    """
    kept = kept_for_ever(transition)
    if kept.any():
        raise SettingError("policy", "it", f"never ends from state {kept.argmax()}, so with γ = 1 it has no value")
    matrix = eye_array(len(reward), format="csr") - transition
    if len(reward) <= DENSE:
        return np.linalg.solve(matrix.toarray(), reward)
    x, rest = np.zeros(len(reward)), reward
    for _ in range(10):
        scale = np.abs(x).max() + np.abs(reward).max()
        if np.abs(rest).max() <= 4 * np.finfo(float).eps * scale:
            return x
        step, failed = bicgstab(matrix, rest, rtol=1e-8, maxiter=1_000)
        smaller = reward - matrix @ (x + step)
        if failed or not np.abs(smaller).max() < np.abs(rest).max():
            break
        x, rest = x + step, smaller
    if np.abs(rest).max() <= 64 * np.finfo(float).eps * scale:
        return x
    return spsolve(matrix, reward)


def kept_for_ever(transition: csr_array) -> np.ndarray:
    """[states], whether a chain never leaves once it is there: no state from which it may leave can be reached."""
    leaves = transition.sum(axis=1) < 1 - 1e-12
    if leaves.all():
        return ~leaves
    outside = csr_array(leaves.astype(float)[:, None])
    backwards = block_array([[transition, outside], [None, csr_array((1, 1))]], format="csr").T.tocsr()
    kept = np.ones(len(leaves) + 1, bool)
    kept[breadth_first_order(backwards, len(leaves), return_predecessors=False)] = False
    return kept[:-1]
