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


def cesaro_gain(model, policy):
    """Reward per step in the long run from each state, as the limit of means of P^t r; an end leads to the start."""
    chain, reward = model.chain(policy)
    chain = chain.toarray()
    lazy = (np.eye(model.states) + chain + np.outer(1 - chain.sum(axis=1), model.start)) / 2
    for _ in range(50):
        lazy = lazy @ lazy
        lazy /= lazy.sum(axis=1, keepdims=True)
    return lazy @ reward


def total_reward(model, policy):
    """Σ_t P^t r of each state: ∞ or −∞ where the chain gains or loses for ever, NaN where it does neither or either."""
    chain, reward = model.chain(policy)
    chain = chain.toarray()
    reaches = np.linalg.matrix_power(np.eye(model.states) + chain, model.states) > 0
    ends, value, sign = chain.sum(axis=1) < 1 - 1e-12, np.zeros(model.states), np.full(model.states, np.nan)
    for s in range(model.states):
        members = np.flatnonzero(reaches[s] & reaches[:, s])
        if not (ends[members].any() or reaches[members][:, np.setdiff1d(np.arange(model.states), members)].any()):
            inside = chain[np.ix_(members, members)]
            equations = np.vstack([inside.T - np.eye(len(members)), np.ones(len(members))])
            gain = np.linalg.lstsq(equations, np.eye(len(members) + 1)[-1])[0] @ reward[members]
            sign[members] = 2 if not reward[members].any() else np.sign(gain) if abs(gain) > 1e-9 else 0
    signs = [set(sign[reached & ~np.isnan(sign)]) - {2} for reached in reaches]
    finite = np.array([not found for found in signs]) & (sign != 2)
    value[finite] = np.linalg.solve(np.eye(finite.sum()) - chain[np.ix_(finite, finite)], reward[finite])
    for s, found in enumerate(signs):
        if found:
            value[s] = {(1,): np.inf, (-1,): -np.inf}.get(tuple(found), np.nan)
    return value
