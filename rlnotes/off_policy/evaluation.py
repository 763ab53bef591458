"""Off-policy evaluation by all estimators."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset
from rlnotes.data.minari_files import read
from rlnotes.envs.bandits.base.bandit import Bandit
from rlnotes.envs.base.environment import Environment
from rlnotes.off_policy.base.logged import Logged, Policy
from rlnotes.off_policy.direct_method import direct_method
from rlnotes.off_policy.doubly_robust import doubly_robust
from rlnotes.off_policy.importance_sampling import importance_sampling
from rlnotes.off_policy.per_decision import per_decision
from rlnotes.off_policy.switch import switch
from rlnotes.off_policy.weighted_importance_sampling import weighted_importance_sampling
from rlnotes.off_policy.weighted_per_decision import weighted_per_decision
from rlnotes.simulation.estimate import Estimate, estimate
from rlnotes.simulation.learnt_policy import made_again

ESTIMATORS: dict[str, Callable[[Logged], np.ndarray]] = {
    function.__name__: function
    for function in (
        importance_sampling,
        weighted_importance_sampling,
        per_decision,
        weighted_per_decision,
        direct_method,
        doubly_robust,
        switch,
    )
}
"""the estimators by name"""


@dataclass(frozen=True)
class Evaluation:
    """The value of a policy, estimated from logged data."""

    estimates: dict[str, Estimate]
    """the estimate, its standard error and its 95 % interval, by estimator"""
    refused: dict[str, str]
    """why an estimator cannot be used for these data, by estimator"""
    truth: float | None
    """the value of the policy, if the environment knows it"""
    unit: str
    """episode, or step of a bandit"""
    units: int
    """number of episodes, or of steps"""
    effective: float
    """effective number of episodes, (Σ ρ)² / Σ ρ² with the weights ρ_{0:T−1}"""
    cut: int
    """episodes that were truncated: their returns end there"""


def evaluate(
    data: Dataset | str,
    policy: Any,
    *,
    estimators: Iterable[str] = tuple(ESTIMATORS),
    discount: float | None = None,
    steps_alone: bool | None = None,
) -> Evaluation:
    """Estimate the value of a policy π from data that another policy recorded, a data set or its place.

    `policy` is π(a) [actions], π(a|s) [states, actions], or a function from observations [number, ...] to probabilities
    [number, actions]. `discount` is γ; None: that of the environment. With `steps_alone`, every step is an episode of
    its own; None: in bandits.
    The intervals are x̄ ± t s/√n of the terms of n episodes. They hold for large n if π_b takes every action that π
    takes. They do not hold where weights are so large that few episodes decide (see `effective`), and for
    `direct_method` and `switch` where their models are wrong.
    Raises `SettingError` if the data has no probabilities or no finite set of actions, or the policy does not fit.
    """
    recorded = data if isinstance(data, Dataset) else read(data)
    env = environment_of(recorded)
    alone = steps_alone if steps_alone is not None else isinstance(env, Bandit)
    gamma = float(recorded.facts.get("discount", 1.0)) if discount is None else discount
    if not 0 <= gamma <= 1:
        raise SettingError("discount", gamma, "must be from 0 to 1, or null")
    pi = as_function(policy)
    logged = Logged.of(recorded, pi, gamma, alone)
    estimates, refused = dict[str, Estimate](), dict[str, str]()
    for name in estimators:
        if name not in ESTIMATORS:
            raise SettingError.choice("estimator", name, ESTIMATORS)
        try:
            estimates[name] = estimate(ESTIMATORS[name](logged))
        except SettingError as error:
            refused[name] = error.requirement
    weight = logged.weight[:, -1]
    known = env if env is not None and (alone or gamma == env.discount) else None
    return Evaluation(
        estimates,
        refused,
        None if known is None else known.policy_value(pi),
        "step" if alone else "episode",
        len(weight),
        float(weight.sum() ** 2 / max(weight @ weight, 1e-300)),
        0 if alone else int(recorded.truncated.sum()),
    )


def as_function(policy: Any) -> Policy:
    """A policy as a function; a table has a row per state, or only one row."""
    if callable(policy):
        return policy
    table = np.asarray(policy, float)
    if table.ndim == 1:
        return lambda observation: np.tile(table, (len(observation), 1))
    if table.ndim != 2:
        raise SettingError("policy", list(table.shape), "must be [actions], [states, actions] or a function")

    def of_states(observation: np.ndarray) -> np.ndarray:
        if observation.max() >= len(table):
            raise SettingError("policy", list(table.shape), f"has no row for the state {observation.max()}")
        return table[observation]

    return of_states


def environment_of(data: Dataset) -> Environment | None:
    """The environment that was recorded, if this project can make it again."""
    settings = data.facts.get("environment_settings")
    try:
        env: Environment | None = made_again("env", {"env": settings}) if settings else None
    except SettingError:
        return None
    return env
