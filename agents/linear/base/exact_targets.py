"""What linear values of a finite MDP can be, by linear algebra: the numbers against which learners are judged."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import splu

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.linear_equations import never_ends
from rlnotes.envs.mdps.base.model import Model


@dataclass(frozen=True, eq=False)
class ExactTargets:
    """The best and the learnt weights w of values v̂ = X w of a policy π, without any sampling.

    D is the diagonal matrix of μ(s), the share of updates in state s. P and r are the transitions and rewards of π.
    Only states with μ(s) > 0 count. Singular equations get the smallest solution.
    Raises `SettingError` if π has no value in such a state, or leads from there to a state with μ(s) = 0.
    Source: Sutton & Barto (2nd ed.), sections 9.2, 9.4, 11.4 to 11.8 and 12.1.
    """

    model: Model
    features: np.ndarray
    """X [states, size]"""
    policy: np.ndarray
    """π(a|s) [states, actions]"""
    given_share: np.ndarray | None = None
    """μ(s) [states]; None: the long-run share of steps in s under π, a new episode following each that ends"""

    @cached_property
    def share(self) -> np.ndarray:
        """μ(s) [states]."""
        return self.model.stationary(self.policy) if self.given_share is None else self.given_share

    @cached_property
    def seen(self) -> np.ndarray:
        """The states with μ(s) > 0 [seen]."""
        return np.flatnonzero(self.share > 0)

    @cached_property
    def mu(self) -> np.ndarray:
        """μ(s) of the states that are seen [seen, 1]."""
        return self.share[self.seen, None]

    @cached_property
    def x(self) -> np.ndarray:
        """X of the states that are seen [seen, size]."""
        return self.features[self.seen]

    @cached_property
    def chain(self) -> tuple[csr_array, np.ndarray]:
        """γ P [seen, seen] and r [seen, 1]."""
        transition, reward = self.model.chain(self.policy, idle_ends=self.model.discount == 1)
        leaves = transition[self.seen][:, self.share == 0]
        if leaves.nnz:
            raise SettingError("share", "given", "must be above 0 in every state that the policy reaches from another")
        transition = self.model.discount * transition[self.seen][:, self.seen].tocsr()
        if never_ends(transition).any():
            raise SettingError("policy", "given", "never ends from some states, which γ = 1 does not allow")
        return transition, reward[self.seen, None]

    @cached_property
    def value(self) -> np.ndarray:
        """v_π = (I − γ P)⁻¹ r [seen, 1]."""
        transition, reward = self.chain
        return inverse(transition, reward)

    def differences(self) -> np.ndarray:
        """(I − γ P) X [seen, size]: the feature vector of a state less the mean one that follows, discounted."""
        return self.x - self.chain[0] @ self.x

    def td_equations(self, decay: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """A = Xᵀ D (I − γ λ P)⁻¹ (I − γ P) X [size, size] and b = Xᵀ D (I − γ λ P)⁻¹ r [size, 1]."""
        transition, reward = self.chain
        sides = np.hstack([self.differences(), reward])
        if decay:
            sides = inverse(decay * transition, sides)
        sides = self.x.T @ (self.mu * sides)
        return sides[:, :-1], sides[:, -1:]

    def td_fixed_point(self, decay: float = 0.0) -> np.ndarray:
        """w = A⁻¹ b [size], where TD(λ) and LSTD(λ) converge if they do."""
        return solution(*self.td_equations(decay))

    def least_squares(self) -> np.ndarray:
        """w = argmin √VE(w) = (Xᵀ D X)⁻¹ Xᵀ D v_π [size], where gradient Monte Carlo converges."""
        root = np.sqrt(self.mu)
        return solution(root * self.x, root * self.value)

    def bellman_error_optimum(self) -> np.ndarray:
        """w = argmin √BE(w) [size]."""
        root = np.sqrt(self.mu)
        return solution(root * self.differences(), root * self.chain[1])

    def value_error(self, weights: np.ndarray) -> np.ndarray:
        """√VE = √(Σ_s μ(s) [v̂(s) − v_π(s)]²) [...] of weights [..., size]."""
        return self.size_of(weights @ self.x.T - self.value[:, 0])

    def bellman_error(self, weights: np.ndarray) -> np.ndarray:
        """√BE = √(Σ_s μ(s) δ̄(s)²) [...], where δ̄ = r + γ P v̂ − v̂ is the expected temporal difference."""
        return self.size_of(self.chain[1][:, 0] - weights @ self.differences().T)

    def projected_bellman_error(self, weights: np.ndarray) -> np.ndarray:
        """√PBE = √((b − A w)ᵀ (Xᵀ D X)⁻¹ (b − A w)) [...]: the part of the Bellman error that features can express."""
        a, b = self.td_equations()
        error = b[:, 0] - weights @ a.T
        square: np.ndarray = (error * (error @ np.linalg.pinv(self.covariance, hermitian=True))).sum(-1)
        return np.sqrt(np.maximum(square, 0.0))

    @property
    def covariance(self) -> np.ndarray:
        """C = Xᵀ D X [size, size]."""
        return self.x.T @ (self.mu * self.x)

    def emphasis(self) -> np.ndarray:
        """m(s) = μ(s) + γ Σ_{s'} P(s', s) m(s') [seen, 1]: the expected emphasis of updates in s, with interest 1."""
        return inverse(self.chain[0].T.tocsr(), self.mu)

    def size_of(self, error: np.ndarray) -> np.ndarray:
        """√(Σ_s μ(s) error(s)²) [...] of errors [..., seen]."""
        with np.errstate(over="ignore"):
            size: np.ndarray = np.sqrt(error**2 @ self.mu[:, 0])
        return size


def inverse(transition: csr_array, right: np.ndarray) -> np.ndarray:
    """(I − γ P)⁻¹ right [states, columns]."""
    found: np.ndarray = splu((eye_array(len(right)) - transition).tocsc()).solve(right)
    return found


def solution(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The smallest least-squares solution [size] of matrix w = right."""
    found: np.ndarray = np.linalg.lstsq(matrix, right, rcond=1e-12)[0][:, 0]
    return found
