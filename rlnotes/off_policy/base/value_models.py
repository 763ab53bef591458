"""Models of values, fitted to logged data: Q̂(s, a) of every step, which some estimators need."""

from typing import NamedTuple

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.off_policy.base.logged import Logged

RIDGE = 1.0
"""weight of ‖θ‖² in the fit of linear rewards"""


class Values(NamedTuple):
    """Values of the steps of logged episodes [n, T]; 0 after the end."""

    q: np.ndarray
    """Q̂(S_t, A_t)"""
    v: np.ndarray
    """V̂(S_t) = Σ_a π(a|S_t) Q̂(S_t, a)"""


def fitted(to: Logged, at: Logged) -> Values:
    """The values of the steps `at`, by a model that is fitted `to` episodes.

    On a finite set of states the model is that of a table, `table_of`; with contexts it is linear, `linear_rewards`.
    Raises `SettingError` if observations are neither.
    """
    if to.table is not None:
        q = table_of(to)[at.observation]
    elif to.contexts:
        q = linear_rewards(to, at)
    else:
        requirement = "needs a model of values: data with a finite set of states, or with contexts of every arm"
        raise SettingError("estimator", "direct_method, doubly_robust or switch", requirement)
    played = np.take_along_axis(q, at.action[..., None], -1)[..., 0]
    return Values(played * at.inside, (at.target * q).sum(axis=-1) * at.inside)


def table_of(logged: Logged) -> np.ndarray:
    """Q̂ [states, actions] of π in the estimated model: the frequencies of next states and the mean rewards.

    Q̂(s, a) = r̂(s, a) + γ Σ_s' P̂(s'|s, a) Σ_b π(b|s') Q̂(s', b), for T more steps. An action that the data does not
    have in a state is worth the mean reward and ends the episode.
    """
    assert logged.table is not None
    states, actions = logged.table.shape
    inside = logged.inside
    row = logged.observation[inside] * actions + logged.action[inside]
    count = np.bincount(row, minlength=states * actions)
    total = np.bincount(row, logged.reward[inside], states * actions)
    reward = np.divide(total, count, out=np.full(len(count), total.sum() / count.sum()), where=count > 0)
    q, share = reward.copy(), 1 / np.maximum(count, 1)
    goes_on = ~logged.terminated[inside] & (logged.reward.shape[1] > 1)
    from_row, to_state = row[goes_on], logged.next_observation[inside][goes_on]
    for _ in range(logged.reward.shape[1] - 1):
        v = (logged.table * q.reshape(states, actions)).sum(axis=1)
        following = np.bincount(from_row, v[to_state], states * actions) * share
        q, before = reward + logged.discount * following, q
        if np.allclose(q, before, rtol=0, atol=1e-12 * np.abs(q).max()):
            break
    return q.reshape(states, actions)


def linear_rewards(to: Logged, at: Logged) -> np.ndarray:
    """x_aᵀ θ̂ [n, 1, actions], θ̂ = argmin_θ Σ (R − x_Aᵀ θ)² + λ ‖θ‖², with λ = `RIDGE`."""
    x = np.take_along_axis(to.observation[:, 0], to.action[:, 0, None, None], 1)[:, 0]
    theta = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ to.reward[:, 0])
    rewards: np.ndarray = at.observation @ theta
    return rewards
