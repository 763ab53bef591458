"""One sweep of off-policy methods in expectation: the mean of their updates over all states, without sampling."""

import numpy as np

from rlnotes.agents.linear.base.exact_targets import ExactTargets


def semi_gradient_td(targets: ExactTargets, w: np.ndarray, alpha: float) -> np.ndarray:
    """w + α E[ρ δ x] = w + α (b − A w), which is also a sweep of semi-gradient dynamic programming [size]."""
    a, b = targets.td_equations()
    expected: np.ndarray = w + alpha * (b[:, 0] - a @ w)
    return expected


def tdc(
    targets: ExactTargets, w: np.ndarray, v: np.ndarray, alpha: float, beta: float
) -> tuple[np.ndarray, np.ndarray]:
    """w + α E[ρ (δ x − γ x' xᵀ v)] and v + β E[(ρ δ − xᵀ v) x] [size]."""
    a, b = targets.td_equations()
    following = targets.x - targets.differences()  # γ E[x' | s]
    error = b[:, 0] - a @ w
    correction = following.T @ (targets.mu * targets.x) @ v
    return w + alpha * (error - correction), v + beta * (error - targets.covariance @ v)


def emphatic_td(targets: ExactTargets, w: np.ndarray, alpha: float) -> np.ndarray:
    """w + α E[M ρ δ x] = w + α Xᵀ m (r + γ P X w − X w), with the emphasis m in the limit [size]."""
    error = targets.chain[1][:, 0] - targets.differences() @ w
    expected: np.ndarray = w + alpha * targets.x.T @ (targets.emphasis()[:, 0] * error)
    return expected


def least_squares_dp(targets: ExactTargets, w: np.ndarray) -> np.ndarray:
    """argmin_w' Σ_s μ(s) [w'ᵀ x(s) − E_π[R + γ wᵀ x(S')]]² [size]: dynamic programming with the best fit."""
    root = np.sqrt(targets.mu)
    backed_up = targets.chain[1] + (targets.x - targets.differences()) @ w[:, None]
    found: np.ndarray = np.linalg.lstsq(root * targets.x, root * backed_up, rcond=1e-12)[0][:, 0]
    return found
