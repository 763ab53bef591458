"""γ = 1: a model for which V* is the only solution of V = T V.

In an end component an agent can stay for ever. If it gains there in the long run, the best total reward is infinite.
If it can stay there for no reward at all, V = T V has many solutions. Such a set is merged into one state, with one
more action, to stay, which ends the episode; V* is then the only solution.
Source: Baier, Klein, Leuschner, Parker & Wunderlich, Ensuring the reliability of your model checker, CAV 2017.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rlnotes.agents.planning.base.end_components import end_components, entries, shortest_ways
from rlnotes.agents.planning.base.gains import refuse_gains
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.transition_table import totals


@dataclass(frozen=True, eq=False)
class EpisodicModel:
    """A model with γ = 1 in which some policy surely ends from every state.

    All other policies lose for ever.
    """

    original: Model
    model: Model
    merged: np.ndarray
    """[states of the original], the state of `model` that contains it"""
    played: np.ndarray
    """[states, actions of `model`], the row of the original that the action plays; −1 to stay"""
    inner: np.ndarray
    """[states, actions of the original], whether the action stays in a merged set"""
    ending: np.ndarray
    """[states of `model`], a policy that ends"""

    def unfold(self, policy: np.ndarray) -> np.ndarray:
        """The policy of the original [states] that corresponds to a policy of `model`.

        In a merged set it walks to the state from which `policy` leaves the set, or stays.
        """
        row = self.played[np.arange(self.model.states), policy][self.merged]
        state = np.arange(self.original.states)
        leaves = row // self.original.actions == state
        return np.where(leaves, row % self.original.actions, shortest_ways(self.original, self.inner, leaves)[1])


@lru_cache(maxsize=1)
def episodic_model(model: Model) -> EpisodicModel:
    """Merge the end components in which all rewards are 0.

    Raises `SettingError` if the best total reward from some state is infinite, or if no policy is sure to end.
    """
    inner, component = end_components(model, model.available & unpaid(model))
    merged, played, smaller = np.arange(model.states), np.arange(model.row_count).reshape(model.available.shape), model
    if inner.any():
        component[~inner.any(axis=1)] = component.max() + 1 + np.arange((~inner.any(axis=1)).sum())
        merged = np.unique(component, return_inverse=True)[1]
        played, smaller = merge(model, inner, merged)
    refuse_gains(smaller, merged)
    inside, ending = sure_to_end(smaller)
    if not inside.all():
        stuck = int(np.argmin(inside[merged]))
        raise SettingError("discount", 1.0, f"no policy is sure to end from state {stuck}, and to go on costs for ever")
    return EpisodicModel(model, smaller, merged, played, inner, ending)


def unpaid(model: Model) -> np.ndarray:
    """[states, actions], whether the expected reward of an action is 0 within rounding."""
    size = totals(model.offsets, model.probability, np.abs(model.reward))[1].reshape(model.available.shape)
    return np.abs(model.expected_reward) <= (model.longest_row + 1) * np.finfo(float).eps * size


def sure_to_end(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Whether some policy ends with probability 1 [states], and such a policy [states]."""
    inside = np.ones(model.states, bool)
    while True:
        _, row, successor = entries(model)
        leaves = ~np.append(inside, True)[successor]
        staying = model.available.copy()
        staying.ravel()[row[leaves]] = False
        reached, policy = shortest_ways(model, staying)
        if (reached == inside).all():
            return inside, policy
        inside = reached


def merge(model: Model, inner: np.ndarray, merged: np.ndarray) -> tuple[np.ndarray, Model]:
    """The rows that the actions of the merged model play [states, actions], −1 to stay, and the merged model."""
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
