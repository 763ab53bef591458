"""Sets of states in which an agent can stay for ever, and ways through the graph of a model."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from rlnotes.envs.mdps.base.model import Model


def end_components(
    model: Model, allowed: np.ndarray, successor: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The allowed actions that stay in an end component [states, actions], and the component of each state [states].

    An end component is a set of states, with actions that lead from every state to every other one and never leave it.
    `successor` [entries] is that of the model by default, so that an idle state is an end; `model.next_or_end` makes it
    an end component.
    Source: de Alfaro, Formal Verification of Probabilistic Systems (1997).
    """
    state, row, default = entries(model)
    successor = default if successor is None else successor
    allowed = allowed.copy().ravel()
    allowed[row[successor == model.states]] = False
    while True:
        here = allowed[row]
        shape = model.states, model.states
        graph = csr_array((np.ones(here.sum(), np.int8), (state[here], successor[here])), shape)
        component = connected_components(graph, connection="strong")[1]
        crosses = here & (component[state] != component[np.minimum(successor, model.states - 1)])
        if not crosses.any():
            return allowed.reshape(model.available.shape), component
        allowed[row[crosses]] = False


def groups(inner: np.ndarray, component: np.ndarray) -> np.ndarray:
    """The number of the end component of each state [states]; a state outside of all has a number of its own."""
    alone = ~inner.any(axis=1)
    number = np.where(alone, component.max() + 1 + np.arange(len(component)), component)
    return np.unique(number, return_inverse=True)[1]


def shortest_ways(model: Model, allowed: np.ndarray, goal: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Whether allowed actions may lead to a goal [states], and the policy of the shortest way [states].

    Without a goal the way leads to the end of the episode. If there is no way, the policy is the first allowed action.
    """
    state, row, successor = entries(model)
    here = allowed.ravel()[row]
    if goal is not None:
        here &= successor < model.states
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


def entries(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """State, row and successor of every entry."""
    row = np.repeat(np.arange(model.row_count), np.diff(model.offsets))
    return row // model.actions, row, model.successor
