"""Plain loops over the steps of one run, in the book's form, with whole feature vectors.

Every function takes the steps (x, a, r, x', a', terminated, truncated), where x and x' are vectors, and first weights W
[actions, size], and returns the weights after the last step. Prediction has one action.
"""

import numpy as np


def one_step(steps, W, alpha, gamma):
    """SARSA or TD(0)."""
    W = W.copy()
    for x, a, r, after, b, terminated, _ in steps:
        target = r + (0.0 if terminated else gamma * W[b] @ after)
        W[a] += alpha * (target - W[a] @ x) * x
    return W


def n_step(steps, W, alpha, gamma, n):
    """n-step SARSA or TD, or Monte Carlo if n is infinite."""
    W, episode = W.copy(), []
    for x, a, r, after, b, terminated, truncated in steps:
        episode.append((x, a, r))
        T, ended = len(episode), terminated or truncated
        bootstrap = 0.0 if terminated else W[b] @ after
        targets = {}
        for tau in range(T):
            if tau == T - n or (ended and tau > T - n):
                rewards = [reward for _, _, reward in episode[tau:]]
                powers = gamma ** np.arange(len(rewards))
                targets[tau] = powers @ rewards + gamma ** len(rewards) * bootstrap
        for tau, target in targets.items():
            y, c, _ = episode[tau]
            W[c] += alpha * (target - W[c] @ y) * y
        if ended:
            episode = []
    return W


def traces(steps, W, alpha, gamma, decay, kind):
    """SARSA(λ) or TD(λ) with any trace."""
    W, z, old = W.copy(), np.zeros_like(W), 0.0
    for x, a, r, after, b, terminated, truncated in steps:
        now, following = W[a] @ x, 0.0 if terminated else W[b] @ after
        delta = r + gamma * following - now
        z *= gamma * decay
        if kind == "accumulating":
            z[a] += x
        elif kind == "replacing":
            z[a] = np.where(x != 0, x, z[a])
        else:
            z[a] += (1 - alpha * z[a] @ x) * x
        if kind == "true_online":
            W += alpha * (delta + now - old) * z
            W[a] -= alpha * (now - old) * x
        else:
            W += alpha * delta * z
        old = following
        if terminated or truncated:
            z, old = np.zeros_like(W), 0.0
    return W


def off_policy(steps, W, alpha, gamma, method, beta=0.0):
    """One of the off-policy methods; the steps have ρ in the place of a."""
    w, v, emphasis = W[0].copy(), np.zeros(W.shape[1]), 1.0
    for x, rho, r, after, _, terminated, truncated in steps:
        after = np.zeros_like(after) if terminated else gamma * after
        delta, expected = r + w @ after - w @ x, v @ x
        if method == "off_policy_td":
            w += alpha * rho * delta * x
        elif method == "residual_gradient":
            w += alpha * rho * delta * (x - after)
        elif method == "emphatic_td":
            w += alpha * emphasis * rho * delta * x
        elif method == "gtd2":
            w += alpha * rho * (x - after) * expected
        elif method == "tdc":
            w += alpha * rho * (delta * x - after * expected)
        v += beta * rho * (delta - expected) * x
        emphasis = 1.0 if terminated or truncated else 1.0 + gamma * rho * emphasis
    return w[None]


def lstd(steps, W, gamma, decay, epsilon):
    """LSTD(λ)."""
    A, b, z = epsilon * np.eye(W.shape[1]), epsilon * W[0], np.zeros(W.shape[1])
    for x, _, r, after, _, terminated, truncated in steps:
        z = gamma * decay * z + x
        A += np.outer(z, x - (0.0 if terminated else gamma * after))
        b = b + z * r
        if terminated or truncated:
            z = np.zeros_like(z)
    return np.linalg.solve(A, b)[None]


def tile_numbers(position, tilings, tiles):
    """The active tiles of one position, as Sutton's own code finds them, without hashing."""
    fine = [int(np.floor(s * number * tilings)) for s, number in zip(position, tiles, strict=True)]
    found = []
    for tiling in range(tilings):
        coordinates, moved = [], tiling
        for number in fine:
            coordinates.append((number + moved % tilings) // tilings)
            moved += 2 * tiling
        number = tiling
        for coordinate, width in zip(coordinates, tiles, strict=True):
            number = number * (width + 1) + coordinate
        found.append(number)
    return found
