"""The proof of how far a value is from V*."""

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate, value_range
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.linear_equations import solve
from rlnotes.envs.mdps.base.model import Model


class ErrorBound:
    """Proves a bound of |V(s) − V*(s)| from T V − V, after a `backup` of the iterate."""

    def __init__(self, now: Iterate) -> None:
        self.now = now
        self.promising = np.inf  # γ = 1: the residual from which a proof is worth its time

    def certified(self, tolerance: float) -> tuple[np.ndarray, float]:
        """A value [states] near V*, and a proved bound of its error; ∞ if no bound within the tolerance is proved."""
        return self.undiscounted(tolerance) if self.now.discount == 1 else self.discounted(tolerance)

    def separates(self, value: np.ndarray, bound: float) -> bool:
        """Whether every action but those of the policy is proved worse, from a bound of |V − V*|."""
        now = self.now
        if bound == np.inf:
            return False
        q, place = now.model.q(value), (np.arange(now.model.states), now.policy)
        own, q[place] = q[place], -np.inf
        lead = (own - q.max(axis=1))[~now.model.idle].min(initial=np.inf)  # in idle states all actions are worth 0
        return bool(lead > 2 * (now.discount * bound + now.rounding(value)))

    def discounted(self, tolerance: float) -> tuple[np.ndarray, float]:
        """γ < 1: the middle of the bounds of V* that the span of T V − V gives.

        T V + γ/(1−γ) l ≤ V* ≤ T V + γ/(1−γ) h,    l and h the least and the largest of T V − V

        If episodes end, 0 is among the T V − V: the value of the absorbing state does not change. A value outside the
        range that rewards allow is moved to its border, which is nearer to V*.
        Source: Puterman, Markov Decision Processes, Proposition 6.6.3.
        """
        now, gamma = self.now, self.now.discount
        low, high = now.span
        bound = gamma / (1 - gamma) * (high - low) / 2
        if bound > tolerance:
            return now.backed_up, np.inf
        value = (now.backed_up + gamma / (1 - gamma) * (low + high) / 2).clip(*value_range(now.model))
        return value, bound + 2 * now.rounding(value) / (1 - gamma)

    def undiscounted(self, tolerance: float) -> tuple[np.ndarray, float]:
        """γ = 1: V − η w ≤ V* ≤ V + η w, with w(s) > 0 from `durations`.

        T(V − η w) ≥ V − η w and T(V + η w) ≤ V + η w imply it, since T is monotone and V* its only fixed point.
        Source: Bertsekas & Tsitsiklis, Mathematics of Operations Research 16 (1991).
        """
        now = self.now
        value = now.value[:-1]
        rounding = 2 * now.rounding()
        eta = 4 * (now.residual + rounding)
        if not now.residual <= max(min(self.promising, tolerance), rounding):
            return value, np.inf
        w = durations(now.model, value, eta, rounding, now.policy)
        if w is None:
            self.promising = now.residual / 10
            return value, np.inf
        self.promising = tolerance / (8 * w.max())
        bound = float(eta * w.max())
        largest = np.array([np.abs(value).max() + bound])  # of |V ± η w|
        return value, bound if 2 * now.rounding(largest) <= 2 * rounding else np.inf


def durations(model: Model, value: np.ndarray, eta: float, margin: float, policy: np.ndarray) -> np.ndarray | None:
    """w(s) > 0 [states] with T(V − η w) ≥ V − η w and T(V + η w) ≤ V + η w, both by the margin; None: not found.

    w is the expected time to the end: first under the greedy policy, then under slower actions that are nearly as good.
    """
    slower, state = policy.copy(), np.arange(model.states)
    for _ in range(100):
        try:
            w = solve(model.chain(slower, idle_ends=True)[0], np.ones(model.states))
        except SettingError:
            return None
        excess = model.q(value + eta * w) - (value + eta * w)[:, None] + margin
        shortfall = (value - eta * w) - model.q(value - eta * w)[state, policy] + margin
        if (excess <= 0).all() and (shortfall <= 0).all():
            return w
        slower = np.where(excess.max(axis=1) > 0, excess.argmax(axis=1), np.where(shortfall > 0, policy, slower))
    return None
