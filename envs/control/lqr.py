"""The linear quadratic regulator."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box
from scipy.linalg import solve_discrete_are, solve_discrete_lyapunov

from rlnotes.base.errors import SettingError
from rlnotes.envs.base.actions import ActionError
from rlnotes.envs.control.base.control_env import ControlEnv

LEAST, LARGEST = 1e-30, 1e30
"""range of the noise and of the actions, which are numbers of 32 bits"""


@dataclass(eq=False, kw_only=True)
class LQR(ControlEnv):
    """Keep a linear system near 0 at little cost; the best actions are known exactly.

    x' = A x + B u + σ w,    w ~ N(0, I),    reward −(xᵀ Q x + uᵀ R u)

    The best average reward is −σ² tr P, by the actions u* = −K x, with the Riccati equation
    P = Q + Aᵀ P A − Aᵀ P B K,    K = (R + Bᵀ P B)⁻¹ Bᵀ P A

    The regret of an action is what it costs if the best actions follow: (u − u*)ᵀ (R + Bᵀ P B) (u − u*), without noise.
    With A = B = Q = R = 1, P is (1 + √5)/2 = 1.618 and the gain K is .618. The observation is the state x [n]. The
    action u [m] is limited to ±`bound`, which the best actions seldom exceed. An episode begins with a state from
    the distribution that the best actions preserve.
    *Common random numbers*: every run draws its noise and the start of an episode in every step.
    Raises `SettingError` if the matrices do not fit each other, or no actions keep the state near 0.
    Source: Bertsekas, Dynamic Programming and Optimal Control (4th ed.), vol. I, section 3.1; vol. II, section 5.6.
    """

    A: Any = 1.0
    """effect of the state on the next one: rows of a matrix [n, n]; in all four, a number c is c I"""

    B: Any = 1.0
    """effect of the action on the next state: rows of a matrix [n, m]"""

    Q: Any = 1.0
    """cost of the state: rows of a symmetric, positive semidefinite matrix [n, n]"""

    R: Any = 1.0
    """cost of the action: rows of a symmetric, positive definite matrix [m, m]"""

    sigma: float = 1.0
    """standard deviation σ of the noise in each component of the state, from 1e-30 to 1e30"""

    bound: float = 3.0
    """largest size of a component of the action, from 1e-30 to 1e30"""

    discount: float = 0.99
    """discount γ of the return, from 0 to 1; regret is that of the average reward, whatever γ is"""

    time_limit: int | None = 20

    regret_against = "the best linear policy"

    def spaces(self) -> tuple[Space[Any], Space[Any]]:
        for setting in ("sigma", "bound"):
            self.require(setting, LEAST <= getattr(self, setting) <= LARGEST, f"must be from {LEAST:g} to {LARGEST:g}")
        self.a, self.b, self.q, self.r = self.matrices()
        self.solve()
        n, m = self.b.shape
        return Box(-np.inf, np.inf, (n,)), Box(-self.bound, self.bound, (m,))

    def matrices(self) -> list[np.ndarray]:
        """A, B, Q and R."""
        given = {setting: array(setting, getattr(self, setting)) for setting in "ABQR"}
        n = next((len(given[setting]) for setting in "AQBR" if given[setting].ndim), 1)
        m = given["B"].shape[1] if given["B"].ndim else n
        shapes = {"A": (n, n), "B": (n, m), "Q": (n, n), "R": (m, m)}
        found = {key: value if value.ndim else value * np.eye(*shapes[key]) for key, value in given.items()}
        for setting, (rows, columns) in shapes.items():
            fits = found[setting].shape == (rows, columns)
            self.require(setting, fits, f"must have {rows} x {columns} numbers, to fit the other matrices")
        q, r = found["Q"], found["R"]
        self.require("Q", symmetric(q) and least(q) >= 0, "must be symmetric and positive semidefinite")
        self.require("R", symmetric(r) and least(r) > 0, "must be symmetric and positive definite")
        return list(found.values())

    def solve(self) -> None:
        """Solve the Riccati equation for P and the gain K; find the spread of the states under the best actions."""
        try:
            with np.errstate(all="ignore"):
                self.P = solve_discrete_are(self.a, self.b, self.q, self.r)
                self.curvature = self.r + self.b.T @ self.P @ self.b
                self.K = np.linalg.solve(self.curvature, self.b.T @ self.P @ self.a)
                closed = self.a - self.b @ self.K
                self.spread = np.linalg.cholesky(solve_discrete_lyapunov(closed, self.sigma**2 * np.eye(len(closed))))
            if not np.isfinite(self.spread).all():
                raise np.linalg.LinAlgError
        except np.linalg.LinAlgError:
            requirement = f"has no actions that keep the state of A={self.A} near 0 at the least cost"
            raise SettingError("B", self.B, requirement) from None
        self.best_average = -float(self.sigma**2 * np.trace(self.P))

    def start(self) -> np.ndarray:
        """States at the beginning of an episode [num_envs, n]."""
        return self.stream.standard_normal((self.num_envs, len(self.a))) @ self.spread.T

    def begin(self) -> np.ndarray:
        self.state, self.elapsed = self.start(), 0
        return self.state.astype(np.float32)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if not (np.abs(action) <= self.bound).all():
            raise ActionError(f"an action is not within ±{self.bound:g}")
        x, u, noise, start = self.state, np.asarray(action, float), self.noise(), self.start()
        reward, excess = -quadratic(x, self.q) - quadratic(u, self.r), u + x @ self.K.T
        last = x @ self.a.T + u @ self.b.T + noise
        self.elapsed += 1
        ended = self.elapsed == self.time_limit
        self.state, self.elapsed = (start, 0) if ended else (last, self.elapsed)
        info: dict[str, Any] = {"regret": quadratic(excess, self.curvature)}
        truncated = np.full(self.num_envs, ended)
        if ended:
            info |= {"final_obs": last.astype(np.float32), "_final_obs": truncated}
        return self.state.astype(np.float32), reward, np.zeros(self.num_envs, bool), truncated, info

    def noise(self) -> np.ndarray:
        """σ w [num_envs, n]."""
        return self.sigma * self.stream.standard_normal((self.num_envs, len(self.a)))


def symmetric(matrix: np.ndarray) -> bool:
    """Whether a matrix equals its transpose."""
    return bool((matrix == matrix.T).all())


def least(matrix: np.ndarray) -> float:
    """The least eigenvalue of a symmetric matrix; one that only rounding separates from 0 is 0."""
    values = np.linalg.eigvalsh(matrix)
    return 0.0 if abs(values[0]) <= 1e-12 * abs(values).max() else float(values[0])


def quadratic(x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """xᵀ M x of every run [runs], for x [runs, n]."""
    return ((x @ matrix) * x).sum(1)


def array(setting: str, value: Any) -> np.ndarray:
    """A number [] or the rows of a matrix [rows, columns]. Raises `SettingError` if the value is neither."""
    try:
        found = np.array(value, float)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    if found.ndim not in (0, 2) or not found.size or not np.isfinite(found).all():
        raise SettingError(setting, value, "must be a number, or rows of numbers such as [[1,0],[0,1]]")
    return found
