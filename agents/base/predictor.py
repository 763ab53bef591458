"""The base class of agents that learn the value of a given policy."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.agents.base.agent import Agent, Problem, ProblemError, require_finite_actions
from rlnotes.agents.base.state_numbers import state_count
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model_checks import check_policy


@dataclass
class Predictor(Agent):
    """An agent that learns the value V_π of the policy π [notes 2.3]."""

    seeks_return = False

    policy: Any = "uniform"
    """policy π: uniform, an action for each state, or the probabilities of the actions for each state"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.policy = self.policy_setting("policy")

    def policy_setting(self, setting: str) -> Any:
        """A setting that is a policy, with lists in place of arrays; raises `SettingError` for any other value."""
        policy = getattr(self, setting)
        if isinstance(policy, str) and policy == "uniform":
            return policy
        forms = "must be uniform, [an action for each state] or [[a probability for each action] for each state]"
        self.require(setting, is_numbers(policy), forms)
        return np.asarray(policy).tolist()

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_finite_actions(problem)
        try:
            self.chances(problem)
        except SettingError as error:
            raise ProblemError(f"needs another policy: {error}") from None

    def chances(self, problem: Problem) -> np.ndarray:
        """π(a|s) [states, actions] in a problem; raises `SettingError` if the setting is not a policy there."""
        return chances(self.policy, problem)

    @abstractmethod
    def value(self, runs: np.ndarray) -> np.ndarray:
        """The learned V of these runs [len(runs), states]."""

    @abstractmethod
    def first_value(self, problem: Problem) -> np.ndarray:
        """V at the start [states]."""


def chances(policy: Any, problem: Problem) -> np.ndarray:
    """π(a|s) [states, actions] of a setting in a problem; raises `SettingError` if it is not a policy there."""
    assert isinstance(problem.action_space, Discrete)
    states, actions = state_count(problem.observation_space), int(problem.action_space.n)
    available = problem.model.available if problem.model else np.ones((states, actions), bool)
    if isinstance(policy, str):
        return available / available.sum(axis=1, keepdims=True)
    checked = check_policy(np.asarray(policy), available)
    return np.eye(actions)[checked.astype(int)] if checked.ndim == 1 else checked.astype(float)


def require_coverage(policy: np.ndarray, behaviour: Callable[[], np.ndarray]) -> None:
    """Raise `ProblemError` if `behaviour` gives no b(a|s) [states, actions], or one that leaves out an action of π."""
    try:
        played = behaviour()
    except SettingError as error:
        raise ProblemError(f"needs another behaviour: {error}") from None
    never = (policy > 0) & (played == 0)
    if never.any():
        state, action = np.argwhere(never)[0]
        what = f"action {action} of the policy has probability 0 in state {state}"
        raise ProblemError(f"needs another behaviour: {what}, so that it has no ratio π/b")


def importance_ratios(policy: np.ndarray, behaviour: np.ndarray) -> np.ndarray:
    """π(a|s) / b(a|s) [states, actions]; 0 where b never plays."""
    return np.divide(policy, behaviour, out=np.zeros(policy.shape), where=behaviour > 0)


def is_numbers(policy: Any) -> bool:
    """Whether a policy is a list or a matrix of finite numbers."""
    try:
        given = np.asarray(policy)
    except ValueError:  # rows of different lengths
        return False
    numeric = given.ndim in (1, 2) and given.size > 0 and given.dtype.kind in "iuf"
    return numeric and bool(np.isfinite(given).all())
