"""The linear equations of a Markov chain."""

import numpy as np
from scipy.sparse import block_array, csr_array, diags_array, eye_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import bicgstab, spsolve
from threadpoolctl import ThreadpoolController

from rlnotes.base.errors import SettingError

DENSE = 500
"""states up to which equations are solved densely"""


def solve(
    transition: csr_array, reward: np.ndarray, guess: np.ndarray | None = None, accuracy: float = 0.0
) -> np.ndarray:
    """x = (I − P)⁻¹ r [states] for a matrix P ≥ 0 [states, states] whose rows sum to at most 1.

    Raises `SettingError` if the chain never ends from some state, since the matrix is then singular.
    """
    endless = never_ends(transition)
    if endless.any():
        raise SettingError("policy", f"from state {endless.argmax()}", "never ends, so with γ = 1 it has no value")
    return solution(eye_array(len(reward), format="csr") - transition, reward, guess, accuracy)


# In one thread, so that rounding does not depend on the number of cores.
@ThreadpoolController().wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
def solution(
    matrix: csr_array, right: np.ndarray, guess: np.ndarray | None = None, accuracy: float = 0.0
) -> np.ndarray:
    """x with A x = b: by LAPACK if A is small, else until |A x − b| is at most `accuracy`, or as small as rounding.

    A large system is solved by BiCGSTAB (van der Vorst 1992) from `guess`, which is restarted on the residual until
    the residual is small enough. If BiCGSTAB does not converge, a sparse factorisation solves it; that comes last
    because it needs much memory.
    """
    if len(right) <= DENSE:
        return np.linalg.solve(matrix.toarray(), right)
    x = np.zeros(len(right)) if guess is None else guess
    rest = right - matrix @ x
    while True:
        left, size = np.abs(rest).max(), np.abs(x).max() + np.abs(right).max()
        if left <= max(accuracy, 4 * np.finfo(float).eps * size):
            return x
        better = x + bicgstab(matrix, rest, rtol=max(1e-8, accuracy / left / 10), maxiter=1_000)[0]
        rest = right - matrix @ better
        if not np.abs(rest).max() < left / 2:
            break
        x = better
    return x if left <= 64 * np.finfo(float).eps * size else spsolve(matrix, right)


def stationary(transition: csr_array, start: np.ndarray) -> np.ndarray:
    """The long-run share of steps in each state [states], of a chain that starts again when it ends.

    d(s) is proportional to the expected visits of s between two returns to a reference state: the end of the chain if
    the chain ends, else a state of the set that it never leaves.
    Raises `SettingError` if there is more than one such set.
    """
    states = len(start)
    leaves = 1 - transition.sum(axis=1)
    leaves[leaves <= uncertain(transition)] = 0
    again = block_array([[transition, csr_array(leaves[:, None])], [csr_array(start[None]), None]], format="csr")
    if not leaves.any():
        again = transition
    count, component = connected_components(again, connection="strong")
    edges = again.tocoo()
    closed = np.ones(count, bool)
    closed[component[edges.row[component[edges.row] != component[edges.col]]]] = False
    if closed.sum() > 1:
        raise SettingError(
            "policy", "given", "has more than one stationary distribution: the long run depends on the start"
        )
    returns_to = np.flatnonzero(component == closed.argmax())[-1]
    others = np.ones(again.shape[0])
    others[returns_to] = 0
    once = np.zeros(again.shape[0])
    once[returns_to] = 1
    visits = solution(eye_array(len(once), format="csr") - (again @ diags_array(others)).T.tocsr(), once)[:states]
    return visits / visits.sum()


def reached(transition: csr_array, start: np.ndarray) -> np.ndarray:
    """[states], whether the chain can reach the state from its start."""
    reached, count = start > 0, 0
    while reached.sum() > count:
        count = reached.sum()
        reached = reached | (reached @ transition > 0)
    return reached


def uncertain(transition: csr_array) -> np.ndarray:
    """[states], bound on the rounding error of the sum of a row."""
    return (np.diff(transition.indptr) + 1) * np.finfo(float).eps


def never_ends(transition: csr_array) -> np.ndarray:
    """[states], whether the chain cannot end after the state: it reaches no state in which it may end."""
    leaves = 1 - transition.sum(axis=1) > uncertain(transition)
    if leaves.all():
        return ~leaves
    outside = csr_array(leaves.astype(float)[:, None])
    backwards = block_array([[transition, outside], [None, csr_array((1, 1))]], format="csr").T.tocsr()
    endless = np.ones(len(leaves) + 1, bool)
    endless[breadth_first_order(backwards, len(leaves), return_predecessors=False)] = False
    return endless[:-1]
