"""Optimal values of small models, computed in other ways than planners do, as plainly as their formulas."""

from fractions import Fraction
from functools import cache

import numpy as np


@cache
def optimum(model):
    """V* [states] by policy iteration, or by backups from 0 if γ = 1."""
    value, policy, change = np.zeros(model.states), None, 1
    while change > (1e-15 if model.discount == 1 else 1e-13 * (1 + np.abs(value).max())):
        policy, before = model.greedy(value, policy), value
        value = model.backup(value) if model.discount == 1 else model.evaluate(policy)
        change = np.abs(value - before).max()
    value.flags.writeable = False
    return value


@cache
def exact_optimum(model):
    """V* [states] in rational numbers, of the model whose probabilities sum to 1: V = r_π + γ P_π V by elimination."""
    policy = model.greedy(optimum(model))
    lines = np.array([[Fraction(int(s == to)) for to in range(model.states + 1)] for s in range(model.states)])
    for s, line in enumerate(lines):
        entries = range(*model.offsets[s * model.actions + policy[s] :][:2])
        for i in entries:
            p = Fraction(model.probability[i]) / sum(Fraction(model.probability[j]) for j in entries)
            line[model.next_state[i]] -= (1 - model.terminated[i]) * Fraction(model.discount) * p
            line[-1] += Fraction(model.reward[i]) * p
    for s in range(model.states):
        lines[s] = lines[s] / lines[s][s]
        lines -= np.outer(np.where(np.arange(model.states) == s, 0, lines[:, s]), lines[s])
    return tuple(lines[:, -1])


def action_value(model, value, s, a):
    """Q(s, a) = Σ p [r + γ V(s')]"""
    entries = range(*model.offsets[s * model.actions + a :][:2])
    after = {i: 0 if model.terminated[i] else model.discount * value[model.next_state[i]] for i in entries}
    return sum(model.probability[i] * (model.reward[i] + after[i]) for i in entries)


def long_run_reward(model, policy):
    """Reward per step in the long run, by the stationary law; when an episode ends the next one begins."""
    chain, reward = model.chain(policy)
    chain = chain.toarray() + np.outer(1 - chain.sum(axis=1), model.start)
    equations = np.vstack([chain.T - np.eye(model.states), np.ones(model.states)])
    return np.linalg.lstsq(equations, np.eye(model.states + 1)[-1])[0] @ reward
