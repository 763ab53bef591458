"""γ = 1: a model for which V* is finite, and the only solution of V = T V.

In an end component an agent can stay for ever. If it gains there in the long run, the best total reward is infinite.
If it can stay there for no reward at all, V = T V has many solutions. Such a set is merged into one state, with one
more action, to stay, which ends the episode; V* is then the only solution. States with infinite values are left out.
Source: Baier, Klein, Leuschner, Parker & Wunderlich, Ensuring the reliability of your model checker, CAV 2017.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rlnotes.agents.planning.base.end_components import end_components, entries, groups, shortest_ways
from rlnotes.agents.planning.base.gains import signs_of_gains
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model


@dataclass(frozen=True, eq=False)
class EpisodicModel:
    """A model with γ = 1 in which some policy surely ends from every state.

    All other policies lose for ever.
    """

    original: Model
    model: Model
    merged: np.ndarray
    """[states of the original], the state of `model` that contains it; −1 if its value is not finite"""
    infinite: np.ndarray
    """[states of the original], values that are not finite: −∞, ∞, or NaN if the total reward does not settle"""
    played: np.ndarray
    """[states, actions of `model`], the row of the original that the action plays; −1 to stay"""
    inner: np.ndarray
    """[states, actions of the original], whether the action stays in a merged set"""
    ending: np.ndarray
    """[states of `model`], a policy that ends"""

    def fold_value(self, value: np.ndarray) -> np.ndarray:
        """The value of `model` that corresponds to a value of the original [states]: the largest of each merged set."""
        folded, inside = np.full(self.model.states, -np.inf), self.merged >= 0
        np.maximum.at(folded, self.merged[inside], np.nan_to_num(value[inside]))
        return folded

    def unfold_value(self, value: np.ndarray) -> np.ndarray:
        """The value of the original [states] that corresponds to a value of `model`."""
        return np.where(self.merged < 0, self.infinite, value[self.merged])

    def unfold_policy(self, policy: np.ndarray) -> np.ndarray:
        """The policy of the original [states] that corresponds to a policy of `model`.

        In a merged set it walks to the state from which `policy` leaves the set, or stays. Where the value is not
        finite it is the first available action.
        """
        state = np.arange(self.original.states)
        first = state * self.original.actions + self.original.available.argmax(axis=1)
        row = np.where(self.merged < 0, first, self.played[np.arange(self.model.states), policy][self.merged])
        leaves = row // self.original.actions == state
        return np.where(leaves, row % self.original.actions, shortest_ways(self.original, self.inner, leaves)[1])


@lru_cache(maxsize=1)
def episodic_model(model: Model) -> EpisodicModel:
    """Merge the end components in which all rewards are 0, and leave out the states whose value is not finite.

    Raises `SettingError` if the start has no finite value: it cannot avoid to lose for ever, or it may come to a set of
    states in which an agent gains for ever, or neither gains nor loses.
    """
    inner, component = end_components(model, model.available & (model.paid_reward == 0) & ~model.idle[:, None])
    merged, played, smaller = np.arange(model.states), np.arange(model.row_count).reshape(model.available.shape), model
    if inner.any():
        merged = groups(inner, component)
        played, smaller = merge(model, inner, merged, np.zeros(merged.max() + 1))
    infinite = without_end(smaller, model, merged)
    inside, staying, ending = sure_to_end(smaller, np.isnan(infinite) | (infinite == np.inf))
    infinite[~inside & (infinite == 0)] = -np.inf
    if not inside[smaller.start > 0].all():
        stuck = int(np.argmin(inside[merged] | (model.start == 0)))
        raise SettingError(
            "discount",
            1.0,
            f"no policy is sure to end from state {model.called.states[stuck]}, and to go on costs for ever",
        )
    if not staying[smaller.available].all():
        smaller = restrict(smaller, inside, staying)
    number = np.where(inside, np.cumsum(inside) - 1, -1)
    return EpisodicModel(model, smaller, number[merged], infinite[merged], played[inside], inner, ending[inside])


def without_end(model: Model, original: Model, merged: np.ndarray) -> np.ndarray:
    """∞ [states] where an agent can gain for ever, at no risk of losing for ever, else 0.

    NaN where it can gain only at that risk, or where it may come to a set in which it can go on for ever and neither
    gains nor loses.
    Raises `SettingError` if the start may lead there; `merged` has the state of each state of the original.
    """
    infinite = np.zeros(model.states)
    inner, component = end_components(model, model.available)
    sign = np.where(inner.any(axis=1), signs_of_gains(model, inner, component)[component], -1)
    for wrong, fault, how in (
        (sign == 0, "does not settle", "neither gain nor lose"),
        (sign > 0, "is infinite", "gain"),
    ):
        if wrong.any():
            leads = shortest_ways(model, model.available, wrong)[0]
            infinite[leads] = np.nan
            if leads[model.start > 0].any():
                state = original.called.states[int(np.argmax(wrong[merged]))]
                requirement = f"the total reward {fault}: from state {state} an agent can go on for ever and {how}"
                raise SettingError("discount", 1.0, requirement)
    inside, staying, _ = sure_to_end(model, sign == 0, sign > 0)
    infinite[inside & shortest_ways(model, staying, sign > 0)[0]] = np.inf
    return infinite


def sure_to_end(
    model: Model, excluded: np.ndarray, goal: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether some policy ends with probability 1 [states], and never enters an `excluded` state [states].

    The actions after which it still can [states, actions], and such a policy [states].
    To reach a `goal` [states] counts as an end too.
    """
    inside = ~excluded
    _, row, successor = entries(model)
    while True:
        staying = model.available & inside[:, None]
        staying.ravel()[row[~np.append(inside, True)[successor]]] = False
        reached, policy = shortest_ways(model, staying)
        if goal is not None:
            reached |= shortest_ways(model, staying, goal)[0]
        reached &= inside
        if (reached == inside).all():
            return inside, staying, policy
        inside = reached


def restrict(model: Model, inside: np.ndarray, staying: np.ndarray) -> Model:
    """The model of the states `inside` [states], with the actions `staying` [states, actions], which never leave it."""
    state, row, successor = entries(model)
    kept, number = staying.ravel()[row], np.cumsum(inside) - 1
    to = np.where(successor < model.states, model.next_state, state)  # an end may be noted in a state that is left out
    return Model.from_entries(
        int(inside.sum()),
        model.actions,
        number[state[kept]],
        row[kept] % model.actions,
        number[to[kept]],
        model.probability[kept],
        model.reward[kept],
        (successor == model.states)[kept],
        start=model.start[inside],
        discount=1.0,
    )


def merge(model: Model, inner: np.ndarray, merged: np.ndarray, worth: np.ndarray) -> tuple[np.ndarray, Model]:
    """The rows that the actions of the merged model play [states, actions], −1 to stay, and the merged model.

    To stay in a merged set is worth `worth` [states of the merged model].
    """
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
        np.append(model.reward[entry], worth[stays]),
        np.append(model.terminated[entry], np.ones(len(stays), bool)),
        start=np.bincount(merged, model.start),
        discount=1.0,
    )
    return played, smaller
