"""γ = 1: whether the best total reward is finite, and a model in which it is the only solution of V = T V.

A set of states in which one can stay for ever is an end component (de Alfaro 1997). Where it pays in the long run the
best total reward is infinite. Where it can pay nothing V = T V has many solutions; the set is merged into one state
with one more action, to stay, which ends there, and V* becomes the only one (Baier, Klein, Leuschner, Parker &
Wunderlich, Ensuring the reliability of your model checker, CAV 2017).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import breadth_first_order, connected_components

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.transition_table import totals

NOTHING = 1e-9
"""reward of a step, of the largest of all, that cannot be told from nothing"""
FEW = 300
"""sweeps that mostly tell whether there is more"""


@dataclass(frozen=True, eq=False)
class Episodic:
    """A model with γ = 1, some policy of which ends from every state, while those that do not end lose for ever."""

    original: Model
    model: Model
    merged: np.ndarray
    """[states of the original], the state of `model` that each is part of"""
    played: np.ndarray
    """[states, actions of `model`], the row of the original that each action is; −1 to stay"""
    inner: np.ndarray
    """[states, actions of the original], the actions that stay in a merged set"""
    ending: np.ndarray
    """[states of `model`], a policy that ends"""

    def unfold(self, policy: np.ndarray) -> np.ndarray:
        """The policy of the original [states] that does what `policy` does in the model.

        In a merged set it walks to the state from which the set is left, or stays.
        """
        row = self.played[np.arange(self.model.states), policy][self.merged]
        state = np.arange(self.original.states)
        leaves = row // self.original.actions == state
        return np.where(leaves, row % self.original.actions, towards(self.original, self.inner, leaves)[1])


@lru_cache(maxsize=1)
def episodic(model: Model) -> Episodic:
    """The model with the sets merged that can pay nothing.

    Raises `SettingError` where the best total reward from some state is infinite, or no policy is sure to end.
    """
    inner, component = end_components(model, model.available & unpaid(model))
    merged, played, smaller = np.arange(model.states), np.arange(model.row_count).reshape(model.available.shape), model
    if inner.any():
        component[~inner.any(axis=1)] = component.max() + 1 + np.arange((~inner.any(axis=1)).sum())
        merged = np.unique(component, return_inverse=True)[1]
        played, smaller = merge(model, inner, merged)
    refuse_gains(smaller, merged)
    inside = np.ones(smaller.states, bool)
    while True:
        _, row, successor = entries(smaller)
        leaves = ~np.append(inside, True)[successor]
        staying = smaller.available.copy()
        staying.ravel()[row[leaves]] = False
        reached, policy = towards(smaller, staying)
        if (reached == inside).all():
            break
        inside = reached
    if not inside.all():
        stuck = int(np.argmin(inside[merged]))
        raise SettingError("discount", 1.0, f"no policy is sure to end from state {stuck}, and to go on costs for ever")
    return Episodic(model, smaller, merged, played, inner, policy)


def unpaid(model: Model) -> np.ndarray:
    """[states, actions], whether an action pays nothing in the mean, but for rounding."""
    size = totals(model.offsets, model.probability, np.abs(model.reward))[1].reshape(model.available.shape)
    return np.abs(model.expected_reward) <= (model.longest_row + 1) * np.finfo(float).eps * size


def entries(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """State, row and successor of every entry."""
    row = np.repeat(np.arange(model.row_count), np.diff(model.offsets))
    return row // model.actions, row, model.successor


def end_components(model: Model, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The allowed actions [states, actions] that stay in an end component, and the component of each state [states]."""
    state, row, successor = entries(model)
    allowed = allowed.copy().ravel()
    allowed[row[model.terminated]] = False
    while True:
        here = allowed[row]
        shape = model.states, model.states
        graph = csr_array((np.ones(here.sum(), np.int8), (state[here], successor[here])), shape)
        component = connected_components(graph, connection="strong")[1]
        crosses = here & (component[state] != component[np.minimum(successor, model.states - 1)])
        if not crosses.any():
            return allowed.reshape(model.available.shape), component
        allowed[row[crosses]] = False


def refuse_gains(model: Model, merged: np.ndarray) -> None:
    """Raise `SettingError` where one can stay for ever and gain, or neither gain nor lose by ups and downs."""
    inner, component = end_components(model, model.available)
    reward = model.expected_reward[inner]
    if not (reward > 0).any():
        return
    gain, state = bounded_gain(model, inner, component)
    if state is None:
        gain, state = largest_gain(model, inner)
    if gain < -NOTHING:
        return
    what, how = ("is infinite", "gain") if gain > NOTHING else ("does not settle", "neither gain nor lose")
    requirement = (
        f"the total reward {what}: from state {np.argmax(merged == state)} one can go round for ever and {how}"
    )
    raise SettingError("discount", 1.0, requirement)


def bounded_gain(model: Model, inner: np.ndarray, component: np.ndarray) -> tuple[float, int | None]:
    """A bound of the reward a step, of the largest reward, in the long run in end components, and a state where it is.

    Where it is above `NOTHING` it is a lower bound of one, where it is below, an upper bound of all: by a few sweeps of
    value iteration, whose changes are bounds (Puterman, Theorem 8.5.5). The state is None where they do not decide.
    """
    state = np.flatnonzero(inner.any(axis=1))
    of_state, value = component[state], np.zeros(model.states)
    for _ in range(FEW):
        change = model.q(value).max(axis=1, where=inner, initial=-np.inf)[state] - value[state]
        low, high = np.full((2, component.max() + 1), [[np.inf], [-np.inf]])
        np.minimum.at(low, of_state, change)
        np.maximum.at(high, of_state, change)
        low, high = low[of_state] / model.largest_reward, high[of_state] / model.largest_reward
        if low.max() > NOTHING:
            return low.max(), int(state[low.argmax()])
        if high.max() < -NOTHING:
            return high.max(), int(state[high.argmax()])
        value[state] += change / 2  # half a step, lest a periodic chain swings
    return 0.0, None


def largest_gain(model: Model, inner: np.ndarray) -> tuple[float, int]:
    """The largest reward a step, of the largest reward, in the long run in end components, and a state where it is.

    max Σ x(s, a) r(s, a) over the shares x ≥ 0 of the actions that stay, where Σ_a x(s', a) =
    Σ_{s, a} x(s, a) p(s'|s, a) and Σ x = 1 (Puterman, section 8.8), by HiGHS.
    """
    row = np.flatnonzero(inner)
    transition = csr_array((model.probability, model.next_state, model.offsets), (model.row_count, model.states))[row]
    own = csr_array((np.ones(len(row)), (np.arange(len(row)), row // model.actions)), transition.shape)
    found = linprog(
        -model.expected_reward[inner] / model.largest_reward,
        A_eq=vstack([(own - transition).T, np.ones((1, len(row)))]),
        b_eq=np.append(np.zeros(model.states), 1.0),
        method="highs",
    )
    return -found.fun, int(row[found.x.argmax()] // model.actions)


def merge(model: Model, inner: np.ndarray, merged: np.ndarray) -> tuple[np.ndarray, Model]:
    """The rows that the actions of the merged model play [states, actions], −1 to stay, and that model."""
    states, leaving = int(merged.max()) + 1, np.flatnonzero(model.available & ~inner)
    group = merged[leaving // model.actions]
    leaving, group = leaving[np.argsort(group, kind="stable")], np.sort(group)
    count = np.bincount(group, minlength=states)
    number = np.arange(len(group)) - np.repeat(np.cumsum(count) - count, count)
    stays = np.unique(merged[inner.any(axis=1)])
    played = np.full((states, int(count.max(initial=0)) + 1), -1)
    played[group, number] = leaving
    length = np.diff(model.offsets)[leaving]
    entry = np.repeat(model.offsets[leaving] - np.cumsum(length) + length, length) + np.arange(length.sum())
    smaller = Model.from_entries(
        *played.shape,
        np.append(np.repeat(group, length), stays),
        np.append(np.repeat(number, length), count[stays]),
        np.append(merged[model.next_state[entry]], stays),
        np.append(model.probability[entry], np.ones(len(stays))),
        np.append(model.reward[entry], np.zeros(len(stays))),
        np.append(model.terminated[entry], np.ones(len(stays), bool)),
        start=np.bincount(merged, model.start),
        discount=1.0,
    )
    return played, smaller


def towards(model: Model, allowed: np.ndarray, goal: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Whether allowed actions may lead to a goal (without one, to the end) [states], and a policy of the shortest way.

    Where there is no way, the policy is the first allowed action.
    """
    state, row, successor = entries(model)
    here = allowed.ravel()[row]
    state, row, successor = state[here], row[here], successor[here]
    start = np.zeros(0, int) if goal is None else np.flatnonzero(goal)
    edges = np.append(successor, np.full(len(start), model.states)), np.append(state, start)
    graph = csr_array((np.ones(len(edges[0]), np.int8), edges), (model.states + 1,) * 2)
    order, before = breadth_first_order(graph, model.states)
    reached = np.zeros(model.states + 1, bool)
    reached[order] = True
    policy = allowed.argmax(axis=1)
    nearer = successor == before[state]
    policy[state[nearer]] = row[nearer] % model.actions
    return reached[:-1], policy.astype(np.int32)
