"""Backward induction."""

import time
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.planning.base.history import History
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.base.planner import Planner
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.mdps.base.model import Model


@dataclass
class BackwardInduction(Planner):
    """Find the best policy for episodes of h steps, by the number of steps left.

    V_0(s) = 0,    V_{j+1}(s) = max_a Σ_{s'} p(s'|s, a) [r(s, a, s') + γ V_j(s')],    j steps are left

    The value of the plan is V_h. The bound of its error is the rounding error.
    Source: Puterman, Markov Decision Processes, section 4.5.
    """

    horizon: int | None = None
    """steps h of an episode, 1 or more; null: the environment's time limit, or else the steps of a run"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("horizon", self.horizon is None or self.horizon >= 1, "must be 1 or more, or null")

    def for_problem(self, problem: Problem) -> Self:
        return replace(self, horizon=self.horizon or problem.time_limit or problem.horizon)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.elapsed = np.zeros(problem.runs, np.int64)

    def act(self, observation: Any) -> np.ndarray:
        stages = self.followed_plan.stages
        assert stages is not None
        return stages[np.minimum(self.elapsed, len(stages) - 1), observation]

    def update(self, transition: Transition) -> None:
        self.elapsed += 1
        self.elapsed[transition.terminated | transition.truncated] = 0

    def plan(self, model: Model, final_value: np.ndarray | None = None, keep_values: bool = False) -> Plan:
        """Make the plan for `model`.

        `final_value` V_0 [states] is 0 by default. With `keep_values` the plan has the values of all stages.
        Raises `SettingError` if a final value is not finite.
        """
        if self.horizon is None:
            raise SettingError("horizon", None, "must be a number of steps if there is no environment")
        began, kind = time.perf_counter(), np.min_scalar_type(model.actions)
        size = model.states * (kind.itemsize + 8 * keep_values) + 200
        require_memory("horizon", self.horizon, self.horizon * size)
        if final_value is None:
            now = Iterate(model)
        else:
            final_value = model.padded(final_value)[:-1]
            if not np.isfinite(final_value).all():
                raise SettingError("final_value", final_value[~np.isfinite(final_value)][0], "must be finite numbers")
            now = Iterate(model, final_value, operator=model.full_operator(model.discount))
        history, bound, values = History(began), 0.0, [now.value[:-1].copy()]
        stages = np.empty((self.horizon, model.states), kind)
        for left in range(self.horizon):
            now.backup()
            history.add(now)
            bound += now.rounding(now.backed_up)
            now.value[:-1], stages[self.horizon - 1 - left] = now.backed_up, now.policy
            if keep_values:
                values.append(now.value[:-1].copy())
        value, seconds = now.value[:-1].copy(), time.perf_counter() - began
        largest = max(model.reward_bound, np.abs(values[0]).max())  # the first of `values` is V_0
        record, converged = history.record(value, now.absorbs), bound <= self.tolerance * largest
        names = model.called
        plan = Plan(value, stages[0], bound, converged, False, now.sweeps, seconds, names, stages, history=record)
        return self.warn(replace(plan, stage_values=np.array(values[::-1])) if keep_values else plan)
