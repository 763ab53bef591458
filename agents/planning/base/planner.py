"""The contract of a planner: an agent that is told the model, and makes a plan instead of learning."""

import itertools
import time
import warnings
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np

from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.base.total_reward import episodic
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.mdps.base.model import Model

PLANS: WeakKeyDictionary[Model, dict[str, Plan]] = WeakKeyDictionary()
"""plans that were made, by model and planner: many runs need one"""


@dataclass
class Planner(Agent):
    """An agent that knows the model and plays its plan [notes 2.5].

    `plan(model)` gives the plan. Warns where it did not come within the tolerance.
    """

    seeks_return = False

    tolerance: float = 1e-6
    """largest error |V(s) − V*(s)| that is accepted, above 0"""

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < np.inf:
            raise SettingError("tolerance", self.tolerance, "must be a number above 0")

    def check(self, problem: Problem) -> None:
        if problem.model is None:
            what = "needs the model of a finite MDP whose states are observed"
            raise ProblemError(f"{what}, such as env=gridworld or env=FrozenLake-v1")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.model
        planner = self.settled(problem)
        plans = PLANS.setdefault(problem.model, {})
        if repr(planner) not in plans:
            plans[repr(planner)] = planner.plan(problem.model)
        self.made, self.model = plans[repr(planner)], problem.model

    def settled(self, problem: Problem) -> Self:
        """The same planner with what it takes from the problem beside the model."""
        return self

    def act(self, observation: Any) -> np.ndarray:
        return self.made.policy[observation]

    def report(self) -> Record:
        plan = self.made
        record = Record(value=plan.value, policy=plan.policy) | plan.history
        record["start_value"] = np.asarray(self.model.start @ plan.value if plan.gain is None else plan.gain)
        record["bound"], record["converged"] = np.asarray(plan.bound), np.asarray(plan.converged)
        record["sweeps"] = np.asarray(plan.sweeps)
        if plan.gain is not None:
            record["gain"] = np.asarray(plan.gain)
        return record

    @abstractmethod
    def plan(self, model: Model) -> Plan:
        """The plan for `model`. Raises `SettingError` where the model has no finite value."""

    def warn(self, plan: Plan) -> Plan:
        """The plan, with a warning where it is not within the tolerance."""
        if not plan.converged:
            proved = f"its value may be off by {plan.bound:.3g}" if plan.bound < np.inf else "no error bound is proved"
            message = (
                f"{type(self).__name__} stopped after {plan.sweeps:,} sweeps: {proved}, tolerance={self.tolerance}"
            )
            warnings.warn(message, stacklevel=3)
        return plan


@dataclass
class SweepingPlanner(Planner):
    """A planner that sweeps until it has converged, or for so long."""

    sweep_limit: int = 100_000
    """sweeps after which it gives up, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sweep_limit < 1:
            raise SettingError("sweep_limit", self.sweep_limit, "must be 1 or more")


@dataclass
class Improver(SweepingPlanner):
    """A planner that improves V until the error bound is within the tolerance, or there is nothing to improve.

    The rule of an algorithm is `improve`. Between two improvements T V is computed, which gives the bound
    (`Iterate.certified`) and the greedy policy.
    """

    def check(self, problem: Problem) -> None:
        super().check(problem)
        assert problem.model
        if problem.model.discount == 1:
            try:
                episodic(problem.model)
            except SettingError as error:
                raise ProblemError(f"needs another discount there, since with {error}") from None

    def first(self, model: Model, ending: np.ndarray | None) -> Iterate:
        """V₀; `ending` is a policy that ends, where γ = 1."""
        return Iterate.below(model, ending)

    @abstractmethod
    def improve(self, now: Iterate) -> Iterator[None]:
        """Improve `now.value`, for which `now.backed_up` and `now.policy` are known, at every step of the iterator."""

    def plan(self, model: Model) -> Plan:
        began = time.perf_counter()
        whole = episodic(model) if model.discount == 1 else None
        now = self.first(whole.model, whole.ending) if whole else self.first(model, None)
        now.began = began
        for _ in itertools.chain([None], self.improve(now)):
            now.backup()
            value, bound = now.certified(self.tolerance)
            if bound <= self.tolerance or now.exhausted or now.sweeps >= self.sweep_limit:
                break
        if bound > self.tolerance:
            value, bound = now.certified(np.inf)
        seconds = time.perf_counter() - began
        history = now.history(now.exact(value))
        history["clock"][-1] = seconds
        policy = now.policy
        if whole:
            value, policy = value[whole.merged], whole.unfold(policy)
        return self.warn(Plan(value, policy, bound, bound <= self.tolerance, now.sweeps, seconds, history=history))
