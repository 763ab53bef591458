"""The gain of end components: the best reward per step of an agent that stays there for ever."""

import itertools
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base import bellman
from rlnotes.envs.mdps.base.linear_equations import relative_values
from rlnotes.envs.mdps.base.model import Model

ZERO = 1e-9
"""gain per step, relative to the largest expected reward in the end component, treated as zero"""
EVALUATIONS = {64 * 4**i for i in range(10)}
"""sweeps after which the greedy policy is evaluated exactly"""
SWEEPS = 300
"""sweeps of value iteration that mostly decide whether a gain is above or below zero"""


class InnerSweeps:
    """Value iteration with the actions that stay in end components, all components at once.

    h ← h + (T h − h) / 2,    min_{s∈C} (T h − h)(s) ≤ g_C ≤ max_{s∈C} (T h − h)(s)

    `inner` [states, actions] and `component` [states] are those of `end_components`. After each sweep `low` and `high`
    [components] are the bounds of the gains; ∞ and −∞ of a component without inner actions. When an episode ends, the
    next one begins. Half a step prevents oscillation on a periodic chain. Long cycles are still slow, so after 64,
    256, … sweeps h becomes the exact h of the greedy policy.
    Source: Puterman, Markov Decision Processes, Theorem 8.5.5.
    """

    def __init__(self, model: Model, inner: np.ndarray, component: np.ndarray) -> None:
        self.model, self.state = model, np.flatnonzero(inner.any(axis=1))
        reward = np.where(inner, model.expected_reward, -np.inf)
        self.operator = *model.full_operator(1.0)[:3], reward, 1.0
        self.component, self.components = component[self.state], int(component.max()) + 1
        self.ends = np.flatnonzero(np.diff(np.sort(self.component))) + 1
        self.value, self.policy = np.zeros(model.states + 1), np.full(model.states, -1, np.int32)

    def __iter__(self) -> Iterator[None]:
        backed_up, states = np.empty(len(self.policy)), len(self.policy)
        for count in itertools.count(1):
            self.value[-1] = self.model.start @ self.value[:-1]
            bellman.backup(*self.operator, self.value, backed_up, self.policy, np.zeros(states), 0.0, 0, states)
            change = backed_up[self.state] - self.value[self.state]
            self.low, self.high = np.full((2, self.components), [[np.inf], [-np.inf]])
            np.minimum.at(self.low, self.component, change)
            np.maximum.at(self.high, self.component, change)
            yield
            self.value[self.state] += change / 2
            if count in EVALUATIONS:
                self.evaluate_policy()

    def evaluate_policy(self) -> None:
        """h ← the exact h of the greedy policy, in the components that have one."""
        policy = np.where(self.policy < 0, self.model.available.argmax(axis=1), self.policy)
        transition, reward = self.model.chain(policy)
        for members in np.split(self.state[np.argsort(self.component, kind="stable")], self.ends):
            start = self.model.start[members] if self.model.start[members].any() else np.ones(len(members))
            with suppress(SettingError):
                inside = transition[members][:, members]
                self.value[members] = relative_values(inside, reward[members], start / start.sum())

    @property
    def gain(self) -> np.ndarray:
        """The middle of the bounds [components]; 0 of a component without inner actions."""
        empty = self.low > self.high
        return np.where(empty, 0, self.low) / 2 + np.where(empty, 0, self.high) / 2

    @property
    def bound(self) -> float:
        """The largest error of a gain, with rounding."""
        largest = self.model.reward_bound + np.abs(self.value).max()
        return float((self.high - self.low).max() / 2 + (self.model.longest_row + 3) * np.finfo(float).eps * largest)

    @property
    def relative_value(self) -> np.ndarray:
        """h [states], relative to the first state of each component; NaN in states without inner actions."""
        h, first = np.full(len(self.policy), np.nan), np.empty(self.components)
        first[self.component[::-1]] = self.value[self.state[::-1]]
        h[self.state] = self.value[self.state] - first[self.component]
        return h


def signs_of_gains(model: Model, inner: np.ndarray, component: np.ndarray) -> np.ndarray:
    """1, 0 or −1 [components], whether the gain of an end component is above, near or below 0."""
    inside, sign = inner.any(axis=1), np.full(component.max() + 1, -1)
    unit = np.zeros(len(sign))  # of each component, so that rewards elsewhere do not matter
    np.maximum.at(unit, component, ZERO * np.where(inner, np.abs(model.expected_reward), 0.0).max(axis=1))
    paid = (model.expected_reward > 0) & inner
    open_ = np.isin(np.arange(len(sign)), component[paid.any(axis=1)])
    if not open_.any():
        return sign
    sweeps = InnerSweeps(model, inner, component)
    for _, _ in zip(range(SWEEPS), sweeps, strict=False):
        sign[open_ & (sweeps.low > unit)] = 1
        open_ &= (sweeps.low <= unit) & (sweeps.high >= -unit)
        if not open_.any():
            return sign
    for one in np.flatnonzero(open_):
        gain = largest_gain(model, inner & (inside & (component == one))[:, None])
        sign[one] = (gain > ZERO) - (gain < -ZERO)
    return sign


def largest_gain(model: Model, inner: np.ndarray) -> float:
    """The largest gain in an end component, relative to the largest reward there.

    max Σ x(s, a) r(s, a)  subject to  Σ_a x(s', a) = Σ_{s, a} x(s, a) p(s'|s, a) for all s',  Σ x = 1,  x ≥ 0

    x(s, a) is the share of steps with that action, among the actions that stay. HiGHS solves it.
    Source: Puterman, Markov Decision Processes, section 8.8.
    """
    row = np.flatnonzero(inner)
    transition = csr_array((model.probability, model.next_state, model.offsets), (model.row_count, model.states))[row]
    own = csr_array((np.ones(len(row)), (np.arange(len(row)), row // model.actions)), transition.shape)
    found = linprog(
        -model.expected_reward[inner] / np.abs(model.expected_reward[inner]).max(),
        A_eq=vstack([(own - transition).T, np.ones((1, len(row)))]),
        b_eq=np.append(np.zeros(model.states), 1.0),
        method="highs",
    )
    return -float(found.fun)
