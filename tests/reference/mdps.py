"""The Bellman equations as loops over the outcomes of a table `P`, as Gymnasium has it."""

import numpy as np


def q_of(table, value, discount, actions=4):
    """Q(s, a) = Σ p [r + γ V(s')] [states, actions]; −∞ if the action is not available."""
    q = np.full((len(table), actions), -np.inf)
    for s, row in table.items():
        for a, outcomes in row.items():
            q[s, a] = sum(p * (r + (0.0 if terminated else discount * value[to])) for p, to, r, terminated in outcomes)
    return q


def chain_of(table, policy):
    """P_π [states, states], without terminated transitions, and r_π [states] of π(a|s)."""
    transition, reward = np.zeros((len(table), len(table))), np.zeros(len(table))
    for s, row in table.items():
        for a, outcomes in row.items():
            for p, to, r, terminated in outcomes:
                transition[s, to] += policy[s, a] * p * (not terminated)
                reward[s] += policy[s, a] * p * r
    return transition, reward


def optimal_value(model, tolerance=1e-9):
    """V* by backups, until one changes it by less than the tolerance."""
    value, change = np.zeros(model.states), np.inf
    while change > tolerance:
        backed_up = model.backup(value)
        value, change = backed_up, np.abs(backed_up - value).max()
    return value


def shortest_path(model):
    """Steps of the shortest path from the start to an end, by breadth-first search over the entries."""
    row = np.repeat(np.arange(model.states), np.diff(model.offsets[:: model.actions]))
    steps, reached = 1, model.start > 0
    while not model.terminated[reached[row]].any():
        reached[model.next_state[reached[row]]] = True
        steps += 1
    return steps
