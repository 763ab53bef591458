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


def average_reward(steps, W, alpha, beta, method):
    """Differential SARSA, R-learning or differential Q-learning; the weights and the average reward."""
    W, average, steps = W.copy(), 0.0, list(steps)
    for t, (x, a, r, _, _, terminated, truncated) in enumerate(steps[:-1]):
        y, b = steps[t + 1][:2]  # where the next step begins, also after the end of an episode
        if t == 0:
            greedy = (W @ x)[a] == max(W @ x)
        following, next_greedy = (W @ y)[b] if method == "sarsa" else max(W @ y), (W @ y)[b] == max(W @ y)
        if terminated or not truncated:
            delta = r - average + following - W[a] @ x
            W[a] += alpha * delta * x
            average += beta * delta * (greedy or method != "r_learning")
        greedy = next_greedy
    return W, average


def q_sigma(steps, W, alpha, gamma, n, sigma, epsilon):
    """n-step Q(σ), as a sum of temporal differences."""
    W, episode = W.copy(), []

    def policy(y):
        best = W @ y == max(W @ y)
        return epsilon / len(W) + (1 - epsilon) * best / best.sum()

    def mixed(y, b):
        return sigma * W[b] @ y + (1 - sigma) * policy(y) @ (W @ y)

    for x, a, r, after, b, terminated, truncated in steps:
        episode.append((x, a, r, after, b))
        T, ended, last = len(episode), terminated or truncated, 0.0 if terminated else mixed(after, b)
        for tau in range(T):
            if tau == T - n or (ended and tau > T - n):
                change, product = 0.0, 1.0
                for i, (y, c, paid, then, d) in enumerate(episode[tau:], tau):
                    change += product * (paid + gamma * (last if i == T - 1 else mixed(then, d)) - W[c] @ y)
                    product *= gamma * (sigma + (1 - sigma) * policy(then)[d])
                x, a = episode[tau][:2]
                W[a] += alpha * change * x
        if ended:
            episode = []
    return W


def gradient(log_policy, theta):
    """∇ log π by a complex step, which is exact to rounding."""
    found = np.zeros_like(theta)
    for at in np.ndindex(theta.shape):
        shifted = theta.astype(complex)
        shifted[at] += 1e-30j
        found[at] = log_policy(shifted).imag / 1e-30
    return found


def policy_gradient(steps, theta, v, alpha, beta, gamma, log_policy, decay=None):
    """REINFORCE, or with a decay λ actor-critic with traces; `log_policy(θ, x, t)` is that of the action of step t."""
    theta, v, episode = theta.copy(), v.copy(), []
    z, z_theta = np.zeros_like(v), np.zeros_like(theta)
    for t, (x, _, r, after, _, terminated, truncated) in enumerate(steps):
        score = gradient(lambda theta, x=x, t=t: log_policy(theta, x, t), theta)
        following = 0.0 if terminated else gamma * v @ after
        if decay is not None:
            delta = r + following - v @ x
            z, z_theta = gamma * decay * z + x, gamma * decay * z_theta + score
            v += beta * delta * z
            theta += alpha * delta * z_theta
        episode.append((x, score, r))
        if terminated or truncated:
            rewards = np.array([paid for _, _, paid in episode])
            for i, (y, of_y, _) in enumerate(episode) if decay is None else ():
                powers = gamma ** np.arange(len(rewards) - i)
                error = powers @ rewards[i:] + powers[-1] * following - v @ y
                v += beta * error * y
                theta += alpha * error * of_y
            episode, z, z_theta = [], 0 * z, 0 * z_theta
    return theta, v


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
