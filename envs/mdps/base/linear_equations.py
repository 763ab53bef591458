"""The linear equations of a Markov chain."""

import numpy as np
from scipy.sparse import block_array, csr_array, diags_array, eye_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import bicgstab, spsolve
from threadpoolctl import ThreadpoolController

from rlnotes.base.errors import SettingError

DENSE = 500
"""states up to which equations are solved densely"""


def solve(transition: csr_array, reward: np.ndarray) -> np.ndarray:
    """x = (I − P)⁻¹ r [states] for a matrix P ≥ 0 [states, states] whose rows sum to at most 1.

    Raises `SettingError` if the chain never ends from some state, since the matrix is then singular.
    """
    endless = never_ends(transition)
    if endless.any():
        raise SettingError("policy", f"from state {endless.argmax()}", "never ends, so with γ = 1 it has no value")
    return solution(eye_array(len(reward), format="csr") - transition, reward)


def values(
    transition: csr_array, reward: np.ndarray, guess: np.ndarray | None = None, accuracy: float = 0.0
) -> np.ndarray:
    """x = Σ_t P^t r [states], as `solve`, also where the chain never ends.

    There x is 0 if no reward follows, and ∞ or −∞ if the chain gains or loses in the long run. It is NaN if the chain
    may do either, or if the gain is 0 and rewards go on: the sum may then oscillate.
    """
    endless = never_ends(transition)
    if not endless.any():
        return solution(eye_array(len(reward), format="csr") - transition, reward, guess, accuracy)
    x, finite = np.zeros(len(reward)), np.ones(len(reward), bool)
    idle = ~leads_to(transition, reward != 0)
    wrong = {key: np.zeros(len(reward), bool) for key in (-np.inf, np.nan, np.inf)}
    for members in closed_classes(transition, endless & ~idle):
        share, rewards = np.ones(len(members)), reward[members]
        if rewards.min() < 0 < rewards.max():  # else any positive shares give the sign
            share = stationary(transition[members][:, members], np.eye(1, len(members))[0])
        gain = share @ rewards
        settles = abs(gain) > len(members) * np.finfo(float).eps * np.abs(rewards).max()
        wrong[np.sign(gain) * np.inf if settles else np.nan][members] = True
    for value, members in wrong.items():
        leads = leads_to(transition, members)
        x[leads] = np.where(finite[leads], value, np.nan)
        finite[leads] = False
    finite &= ~idle
    x[finite] = solution(
        eye_array(finite.sum(), format="csr") - transition[finite][:, finite],
        reward[finite],
        None if guess is None else guess[finite],
        accuracy,
    )
    return x


def closed_classes(transition: csr_array, endless: np.ndarray) -> list[np.ndarray]:
    """The sets of endless states that the chain never leaves, and in which it goes from every state to every other."""
    count, component = connected_components(transition, connection="strong")
    state, successor = transition.nonzero()
    open_ = np.zeros(count, bool)
    open_[component[~endless]] = True
    open_[component[state[component[state] != component[successor]]]] = True
    order = np.argsort(component, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(component[order])) + 1)
    return [members for members in groups if not open_[component[members[0]]]]


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
        with np.errstate(over="ignore", invalid="ignore"):  # it may diverge
            better = x + bicgstab(matrix, rest, rtol=max(1e-8, accuracy / left / 10), maxiter=1_000)[0]
            rest = right - matrix @ better
        if not np.abs(rest).max() < left / 2:
            break
        x = better
    return x if left <= 64 * np.finfo(float).eps * size else spsolve(matrix, right)


def stationary(transition: csr_array, start: np.ndarray) -> np.ndarray:
    """The long-run share of steps in each state [states], of a chain that starts again when it ends.

    d(s) is proportional to the expected visits of s between two returns to a reference state. d(s) = 0 if the start
    does not lead to s.
    Raises `SettingError` if the start leads to more than one such set.
    """
    seen = reached(transition, start)
    if not seen.all():
        share = np.zeros(len(start))
        share[seen] = stationary(transition[seen][:, seen], start[seen])
        return share
    until, returns_to = until_return(transition, start)
    once = np.zeros(until.shape[0])
    once[returns_to] = 1
    visits = solution(eye_array(len(once), format="csr") - until.T.tocsr(), once)[: len(start)]
    return visits / visits.sum()


def relative_values(transition: csr_array, reward: np.ndarray, start: np.ndarray) -> np.ndarray:
    """h [states] with g + h = r + P h, up to a constant, where g is the mean reward per step in the long run.

    The chain starts again when it ends. Raises `SettingError` if there are several sets that it never leaves.
    """
    until, _ = until_return(transition, start)
    gain = stationary(transition, start) @ reward
    right = np.zeros(until.shape[0])
    right[: len(reward)] = reward - gain
    h = solution(eye_array(len(right), format="csr") - until, right)
    return h[: len(reward)] - (h[-1] if len(h) > len(reward) else 0.0)


def until_return(transition: csr_array, start: np.ndarray) -> tuple[csr_array, int]:
    """The chain that starts again when it ends, without the transitions to a reference state, and that state.

    If the chain ends, its end is one more state, which leads to the start and is the reference. Else it is a state of
    the set that the chain never leaves. Raises `SettingError` if there is more than one such set.
    """
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
    returns_to = int(np.flatnonzero(component == closed.argmax())[-1])
    others = np.ones(again.shape[0])
    others[returns_to] = 0
    return (again @ diags_array(others)).tocsr(), returns_to


def reached(transition: csr_array, start: np.ndarray) -> np.ndarray:
    """[states], whether the chain may come from its start to the state."""
    return leads_to(transition.T.tocsr(), start > 0)


def uncertain(transition: csr_array) -> np.ndarray:
    """[states], bound on the rounding error of the sum of a row."""
    return (np.diff(transition.indptr) + 1) * np.finfo(float).eps


def never_ends(transition: csr_array) -> np.ndarray:
    """[states], whether the chain cannot end after the state: it reaches no state in which it may end."""
    return ~leads_to(transition, 1 - transition.sum(axis=1) > uncertain(transition))


def leads_to(transition: csr_array, goal: np.ndarray) -> np.ndarray:
    """[states], whether the chain may come from the state to one of the `goal` [states]."""
    if goal.all():
        return goal
    to_goal = csr_array(goal.astype(float)[:, None])
    backwards = block_array([[transition, to_goal], [None, csr_array((1, 1))]], format="csr").T.tocsr()
    leads = np.zeros(len(goal) + 1, bool)
    leads[breadth_first_order(backwards, len(goal), return_predecessors=False)] = True
    return leads[:-1]
