"""Scalar references of agents with tables: the pseudo-code of Sutton & Barto (2nd ed.) in plain loops over one run."""

from collections import namedtuple
from functools import reduce
from math import exp, inf, log, sqrt
from operator import add

import numpy as np
from support.tabular import ACTIONS, DISCOUNT, STATES

SCHEDULES = {  # a step size or exploration rate at step t and the n-th visit
    0.0: lambda t, n: 0.0,
    0.1: lambda t, n: 0.1,
    0.5: lambda t, n: 0.5,
    1.0: lambda t, n: 1.0,
    "1/visits": lambda t, n: 1 / n,
    "linear:1:0:250": lambda t, n: 1 - min(t / 250, 1),
    "linear:0.9:0.1:250": lambda t, n: 0.9 + (0.1 - 0.9) * min(t / 250, 1),
    "exponential:0.8:0.05:250": lambda t, n: 0.8 * (0.05 / 0.8) ** min(t / 250, 1),
}

Step = namedtuple("Step", "state action reward after alpha probability epsilon planned uniform")
"""state; action; reward; next state; α; probability with which the action was played; ε of the next action; that action
if it is drawn before the agent learns; uniform numbers drawn to learn"""


def choice(values, epsilon, uniform):
    """ε-greedy: u < ε means any available action, and u / ε which; else (u − ε) / (1 − ε) which of the best."""
    available = [a for a, value in enumerate(values) if value > -inf]
    best = [a for a in available if values[a] == max(values)]
    explore = uniform < epsilon
    among, pick = (available, uniform / epsilon) if explore else (best, (uniform - epsilon) / (1 - epsilon))
    return among[min(int(pick * len(among)), len(among) - 1)]


def policy(row, epsilon):
    """Probabilities of the ε-greedy policy; tied best actions have equal probabilities."""
    best, every = max(row), epsilon / sum(value > -inf for value in row)
    return [(value > -inf) * every + (value == best) * (1 - epsilon) / row.count(best) for value in row]


def expected(row, epsilon):
    """Σ_a π(a) Q(a) of the ε-greedy policy, in the order in which the agents add."""
    values = [value for value in row if value > -inf]
    return (1 - epsilon) * max(values) + epsilon * reduce(add, values) / len(values)


def explore(exploration, row, visits):
    """π(a|s) of softmax or ucb; tied best actions have equal probabilities."""
    kind, number = exploration.split(":")
    if kind == "softmax":
        weight = [exp((value - max(row)) / float(number)) for value in row]
        return [w / sum(weight) for w in weight]
    bonus = [float(number) * sqrt(log(sum(visits)) / n) if n else inf for n in visits]
    index = [-inf if value == -inf else value + extra for value, extra in zip(row, bonus, strict=True)]
    return [(value == max(index)) / index.count(max(index)) for value in index]


# One-step rules: the table to improve, the value of the next state, and the action there if it is drawn already.
def q_learning(tables, q, s, epsilon, uniform):
    return tables[0], max(q[s]), None


def sarsa(tables, q, s, epsilon, uniform):
    action = choice(q[s], epsilon, uniform[0])
    return tables[0], q[s][action], action


def expected_sarsa(tables, q, s, epsilon, uniform):
    return tables[0], expected(q[s], epsilon), None


def double_q_learning(tables, q, s, epsilon, uniform):
    one, other = tables[::-1] if uniform[0] < 0.5 else tables
    return one, other[s][one[s].index(max(one[s]))], None


def play_one_step_rule(rule, tables, steps, alpha, epsilon):
    """The actions of one run, and the mean of the `tables` that the rule has improved."""
    visits, planned, actions = np.zeros((STATES, ACTIONS), int).tolist(), None, []
    for t, (s, reward, after, terminated, truncated, to_act, to_learn) in enumerate(steps):
        q = np.mean(tables, axis=0).tolist()
        a = choice(q[s], SCHEDULES[epsilon](t, sum(visits[s]) + 1), to_act) if planned is None else planned
        visits[s][a] += 1
        rate = SCHEDULES[epsilon](t + 1, sum(visits[after]) + 1)
        table, value, planned = rule(tables, q, after, rate, to_learn)
        target = reward + (0.0 if terminated else DISCOUNT * value)
        table[s][a] += SCHEDULES[alpha](t, visits[s][a]) * (target - table[s][a])
        planned = None if terminated or truncated else planned
        actions.append(a)
    return actions, np.mean(tables, axis=0)


# Longer rules: functions that make a rule `learn(q, episode, terminated, ended)`, called after every step.
def play(learn, q, steps, alpha, epsilon):
    """The actions of one run; `q` becomes the learned table."""
    visits, planned, actions, episode = np.zeros((STATES, ACTIONS), int).tolist(), None, [], []
    for t, (s, reward, after, terminated, truncated, to_act, to_learn) in enumerate(steps):
        rate = SCHEDULES[epsilon](t, sum(visits[s]) + 1)
        a, probability = choice(q[s], rate, to_act) if planned is None else planned, policy(q[s], rate)
        visits[s][a] += 1
        rate, step_size = SCHEDULES[epsilon](t + 1, sum(visits[after]) + 1), SCHEDULES[alpha](t, visits[s][a])
        planned = choice(q[after], rate, to_learn[0]) if len(to_learn) == 1 else None
        episode.append(Step(s, a, reward, after, step_size, probability[a], rate, planned, to_learn))
        learn(q, episode, terminated, terminated or truncated)
        planned, episode = (None, []) if terminated or truncated else (planned, episode)
        actions.append(a)
    return actions


def ready(episode, n, ended):
    """Times τ of the episode to learn from n steps later, or at its end."""
    return range(max(len(episode) - n, 0), len(episode) if ended else len(episode) - n + 1)


def n_step_sarsa(n):
    def learn(q, episode, terminated, ended):
        rest = 0.0 if terminated else q[episode[-1].after][episode[-1].planned]
        for tau in ready(episode, n, ended):
            s, a, *_ = episode[tau]
            target = rest
            for step in reversed(episode[tau:]):
                target = step.reward + DISCOUNT * target
            q[s][a] += episode[tau].alpha * (target - q[s][a])

    return learn


def tree_backup(n):
    def learn(q, episode, terminated, ended):
        epsilon = episode[-1].epsilon

        def leaves(state, but=None):
            pi = policy(q[state], epsilon)
            return sum(pi[a] * value for a, value in enumerate(q[state]) if a != but and value > -inf)

        for tau in ready(episode, n, ended):
            target = episode[-1].reward + (0.0 if terminated else DISCOUNT * leaves(episode[-1].after))
            for before, (s, a, *_) in reversed(list(zip(episode[tau:], episode[tau + 1 :], strict=False))):
                target = before.reward + DISCOUNT * leaves(s, a) + DISCOUNT * policy(q[s], epsilon)[a] * target
            s, a, *_ = episode[tau]
            q[s][a] += episode[tau].alpha * (target - q[s][a])

    return learn


def with_traces(kind, decay, off_policy=False):
    trace = [[0.0] * ACTIONS for _ in range(STATES)]

    def learn(q, episode, terminated, ended):
        s, a, reward, after, alpha, *_, planned, _ = episode[-1]
        following = max(q[after]) if off_policy else q[after][planned]
        forget = ended or (off_policy and q[after][planned] != max(q[after]))
        error = reward + (0.0 if terminated else DISCOUNT * following) - q[s][a]
        e = trace[s][a]
        trace[s][a] = {"accumulating": e + 1, "replacing": 1.0, "dutch": (1 - alpha) * e + 1}[kind]
        for x in range(STATES):
            for y in range(ACTIONS):
                q[x][y] += alpha * error * trace[x][y]
                trace[x][y] = 0.0 if forget else DISCOUNT * decay * trace[x][y]

    return learn


def monte_carlo(every_visit, mean):
    """The returns of an episode count in the order of time."""
    counted = {}

    def learn(q, episode, terminated, ended):
        if not ended:
            return
        last = episode[-1]
        rest, returns = 0.0 if terminated else expected(q[last.after], last.epsilon), []
        for step in reversed(episode):
            rest = step.reward + DISCOUNT * rest
            returns.insert(0, rest)
        pairs = [(s, a) for s, a, *_ in episode]
        for t, (s, a) in enumerate(pairs):
            if every_visit or (s, a) not in pairs[:t]:
                counted[s, a] = counted.get((s, a), 0) + 1
                q[s][a] += (1 / counted[s, a] if mean else last.alpha) * (returns[t] - q[s][a])

    return learn


def off_policy_monte_carlo():
    total = {}

    def learn(q, episode, terminated, ended):
        value, weight = 0.0 if terminated else max(q[episode[-1].after]), 1.0
        for step in reversed(episode if ended else []):
            s, a, *_ = step
            value = step.reward + DISCOUNT * value
            total[s, a] = total.get((s, a), 0.0) + weight
            q[s][a] += weight / total[s, a] * (value - q[s][a])
            if a != q[s].index(max(q[s])):
                return
            weight /= step.probability

    return learn


def dyna_q(kappa):
    model, now = {}, [0]  # (state, action): reward, next state or None at an end, step of the last visit

    def learn(q, episode, terminated, ended):
        s, a, reward, after, alpha, *_, uniform = episode[-1]
        now[0] += 1

        def improve(s, a, bonus):
            reward, after, when = model[s, a]
            target = reward + (0.0 if after is None else DISCOUNT * max(q[after])) + bonus * sqrt(now[0] - when)
            q[s][a] += alpha * (target - q[s][a])

        for b in range(ACTIONS):
            if b == a or (kappa > 0 and q[s][b] > -inf):
                model.setdefault((s, b), (0.0, s, 0))
        model[s, a] = reward, None if terminated else after, now[0]
        improve(s, a, 0.0)
        for u in uniform:
            improve(*list(model)[int(u * len(model))], kappa)

    return learn


def true_online(decay):
    """True online TD(λ), section 12.5. V(s) is q[s][0]."""
    z, old = [0.0] * STATES, [0.0]

    def learn(q, episode, terminated, ended):
        s, _, reward, after, alpha, *_ = episode[-1]
        now, following = q[s][0], 0.0 if terminated else q[after][0]
        error = reward + DISCOUNT * following - now
        z[:] = [DISCOUNT * decay * x for x in z]
        z[s] += 1 - alpha * z[s]
        for x in range(STATES):
            q[x][0] += alpha * (error + now - old[0]) * z[x]
        q[s][0] -= alpha * (now - old[0])
        z[:], old[0] = ([0.0] * STATES, 0.0) if ended else (z, following)

    return learn


def lambda_returns(decay, online):
    """Section 12.1, at the end of an episode; online: 12.4, where each step repeats all updates of its episode."""
    weights = []

    def learn(q, episode, terminated, ended):
        weights[:] = weights if len(episode) > 1 else [[value for value, *_ in q]]
        values = [w[step.after] for w, step in zip(weights, episode, strict=True)]
        values[-1], v = values[-1] * (not terminated), weights[0].copy()
        for t, (s, *_) in enumerate(episode if online or ended else []):
            target = values[-1]
            for step, value in reversed(list(zip(episode[t:], values[t:], strict=True))):
                target = step.reward + DISCOUNT * ((1 - decay) * value + decay * target)
            v[s] += episode[-1].alpha * (target - v[s])
        weights.append(v)
        q[:] = [[value] for value in v]

    return learn


def backward_induction(transition, reward, discount, highest, policy=None):
    """Q_h = min(r_h + γ Σ_s' p(s') V_{h+1}(s'), highest_h) in loops, where r_h > −∞, and V_0 of the best policy or π.

    `transition` is [states, actions, states + 1], the end last; `reward` is [H, states, actions].
    """
    value, q = np.zeros(transition.shape[2]), np.full(reward.shape, -inf)
    for h in reversed(range(len(q))):
        for s, a in np.argwhere(reward[h] > -inf):
            q[h, s, a] = min(reward[h, s, a] + discount * (transition[s, a] @ value), highest[h])
        value[:-1] = q[h].max(axis=1) if policy is None else q[h, range(len(q[h])), policy[h]]
    return q, value[:-1]


def finite_horizon(model, limit, discount, policy=None):
    """Q_h of a model in episodes of `limit` steps, and the value of the start; of the best policy or of π."""
    transition = np.zeros((*model.available.shape, model.states + 1))
    row = np.arange(model.row_count).repeat(np.diff(model.offsets))
    np.add.at(transition.reshape(model.row_count, -1), (row, model.successor), model.probability)
    reward = np.stack([model.expected_reward] * limit)
    q, value = backward_induction(transition, reward, discount, [inf] * limit, policy)
    return q, model.start @ value
