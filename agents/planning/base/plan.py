"""The result of planning."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rlnotes.base.record import Record
from rlnotes.envs.mdps.base.model_checks import Names


class Decision(NamedTuple):
    """A row of the table of a plan."""

    state: Any
    """name of the state, or its number"""
    value: float
    """V(s)"""
    action: Any
    """name of π(s), or its number"""


@dataclass(frozen=True, eq=False)
class Plan:
    """A value, a policy, and a bound of the distance to the optimal value."""

    value: np.ndarray
    """V(s) [states]; if γ = 1, −∞, ∞ or NaN in a state without a finite value, which the plan never reaches. For a plan
    for the long run it is h(s), NaN outside the sets to stay in if there are several"""
    policy: np.ndarray
    """π(s) [states]"""
    bound: float
    """|V(s) − V*(s)| ≤ bound for every s with a finite V*(s) is proved; ∞ if no bound is proved"""
    converged: bool
    """whether the bound is within the tolerance"""
    optimal: bool
    """whether the policy is proved optimal: every other action is worse. False if it is not proved, such as where two
    actions are equally good, and always for backward induction and for gains. Where V*(s) is finite, the policy loses
    at most twice the bound: V*(s) − V_π(s) ≤ 2 bound; a plan for the long run loses at most that in gain"""
    sweeps: int
    """passes over all states"""
    seconds: float
    names: Names
    """what the model calls its states and actions"""
    stages: np.ndarray | None = None
    """π_t(s) [horizon, states], if the action depends on the number t of steps so far; `policy` is the first row"""
    stage_values: np.ndarray | None = None
    """V_t(s) [horizon + 1, states] after t steps, if backward induction was asked to keep it"""
    gain: float | None = None
    """reward per step in the long run, if the planner maximises that; the bound is then that of the gain"""
    gains: np.ndarray | None = None
    """g(s) [states], the gain from each state, if an agent can stay in different sets of states for ever"""
    history: Record = field(default_factory=Record)
    """[rounds] each: `at_sweep` and `clock`, sweeps and seconds until the end of the round; `residual`, half the span
    max_s − min_s of T V − V, with 0 among the states if episodes end; `error`, half the span of V − V*. V* is exact for
    small models; for larger ones it is the final value. `error` is NaN for values that were not stored. A span ignores
    an added constant, which changes no policy and which the final value corrects"""

    def table(self) -> list[Decision]:
        """State, value and action of every state, by name: `pandas.DataFrame(plan.table())` is a data frame."""
        states, actions = self.names
        rows = zip(states, self.value.tolist(), self.policy.tolist(), strict=True)
        return [Decision(state, value, actions[action]) for state, value, action in rows]
