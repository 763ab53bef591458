"""The contract of a planner, an agent that knows the model and makes a plan instead of learning."""

import itertools
import time
import warnings
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

import numpy as np

from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.base.kept_tables import KEPT_NUMBERS
from rlnotes.agents.planning.base.episodic_model import EpisodicModel, episodic_model
from rlnotes.agents.planning.base.error_bound import ErrorBound
from rlnotes.agents.planning.base.history import History, value_of_greedy_policy
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.mdps.base.model import Model

PLANS: WeakKeyDictionary[Model, dict[str, Plan]] = WeakKeyDictionary()
"""plans by model and planner, since all blocks of runs follow the same plan"""


@dataclass
class Planner(Agent):
    """An agent that knows the model and follows a plan [notes 2.5].

    `plan(model)` returns the plan. It warns if the bound of its error is not within the tolerance.
    """

    seeks_return = False
    forkable = False  # all runs play one plan, which is made once

    tolerance: float = 1e-6
    """largest accepted error |V(s) − V*(s)|, relative to the largest reward max |r(s, a, s')|, above 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("tolerance", 0 < self.tolerance < np.inf, "must be a number above 0")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if problem.model is None:
            needs = "needs the model of a finite MDP whose states are observed"
            raise ProblemError(f"{needs}, such as env=gridworld or env=FrozenLake-v1")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.model
        planner = self.for_problem(problem)
        plans = PLANS.setdefault(problem.model, {})
        if repr(planner) not in plans:
            plans[repr(planner)] = planner.plan(problem.model)
        self.followed_plan, self.model = plans[repr(planner)], problem.model

    def for_problem(self, problem: Problem) -> Self:
        """This planner, with the settings that the problem decides."""
        return self

    def act(self, observation: Any) -> np.ndarray:
        return self.followed_plan.policy[observation]

    def report(self) -> Record:
        plan = self.followed_plan
        record = Record(value=plan.value, policy=plan.policy) | plan.history
        record["start_value"] = np.asarray(self.model.at_start(plan.value) if plan.gain is None else plan.gain)
        record["bound"], record["converged"] = np.asarray(plan.bound), np.asarray(plan.converged)
        record["policy_optimal"] = np.asarray(plan.optimal)
        if plan.stages is not None:
            record["stage_policy"] = plan.stages if plan.stages.size <= KEPT_NUMBERS else plan.stages[:0]
        record["sweeps"] = np.asarray(plan.sweeps)
        if plan.gain is not None:
            record["gain"] = np.asarray(plan.gain)
        return record

    @abstractmethod
    def plan(self, model: Model) -> Plan:
        """Make the plan for `model`. Raises `SettingError` if the model has no finite value."""

    def accepted_error(self, model: Model) -> float:
        """The largest accepted error of a plan for `model`, in units of its rewards."""
        return self.tolerance * model.reward_bound

    def warn(self, plan: Plan) -> Plan:
        """Return the plan; warn if it has not converged."""
        if not plan.converged:
            proved = f"its value may be off by {plan.bound:.3g}" if plan.bound < np.inf else "no error bound is proved"
            message = (
                f"{type(self).__name__} stopped after {plan.sweeps:,} sweeps: {proved}, tolerance={self.tolerance}"
            )
            warnings.warn(message, stacklevel=3)
        return plan


@dataclass
class SweepingPlanner(Planner):
    """A planner that sweeps over the states until it converges or reaches its limit."""

    sweep_limit: int = 100_000
    """sweeps after which it stops, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least("sweep_limit", 1)


@dataclass
class Improver(SweepingPlanner):
    """A planner that improves V in rounds, and bounds its error after each round.

    An algorithm writes `improve`: each `yield` ends a round. The planner then computes T V and its greedy policy, and
    a bound of the error (`ErrorBound`). It stops if the bound is within the tolerance, or if V cannot improve.
    """

    stops_when_proved: ClassVar[bool] = True
    """whether it stops if the bound is within the tolerance, though `improve` goes on"""

    def check(self, problem: Problem) -> None:
        super().check(problem)
        assert problem.model
        if problem.model.discount == 1:
            try:
                episodic_model(problem.model)
            except SettingError as error:
                raise ProblemError(f"needs another discount there, since with {error}") from None

    def first(self, model: Model, ending: np.ndarray | None) -> Iterate:
        """V₀; if γ = 1, `ending` is a policy that ends."""
        return Iterate.below(model, ending)

    def first_after(self, guess: np.ndarray, model: Model, episodic: EpisodicModel | None) -> Iterate:
        """V₀ from a guess of V* [states]; if γ = 1, V₀ is the value of its greedy policy, if that ends."""
        guess = np.asarray(guess, float)
        if guess.shape != (model.states,):
            raise SettingError("guess", f"of shape {guess.shape}", f"must have the shape ({model.states},)")
        if episodic is None:
            return Iterate.lowered(model, guess)
        policy = episodic.model.greedy(episodic.fold_value(guess))
        value = episodic.model.evaluate(policy)
        if np.isfinite(value).all():
            return Iterate(episodic.model, value, policy)
        return self.first(episodic.model, episodic.ending)

    @abstractmethod
    def improve(self, now: Iterate) -> Iterator[None]:
        """Improve `now.value` in rounds; `now.backed_up` (T V) and `now.policy` (greedy) are up to date in each."""

    def plan(self, model: Model, guess: np.ndarray | None = None) -> Plan:
        """Make the plan for `model`, from a guess of V* [states] such as the value of a plan for a similar model.

        With γ = 1 a guess may be infinite. Linear programming needs no guess.

        Raises `SettingError` if the start has no finite value, or if the guess does not fit the model.
        """
        began = time.perf_counter()
        episodic = episodic_model(model) if model.discount == 1 else None
        if guess is not None and model.reward_bound > 0:
            now = self.first_after(guess, model, episodic)
        else:
            now = self.first(episodic.model, episodic.ending) if episodic else self.first(model, None)
        if episodic is None:
            now.settle()
        proof, history, accepted = ErrorBound(now), History(began), self.accepted_error(model)
        for _ in itertools.chain([None], self.improve(now)):
            now.backup()
            history.add(now)
            value, bound = proof.certified(accepted)
            proved = bound <= accepted and self.stops_when_proved
            if proved or now.exhausted or now.sweeps >= self.sweep_limit:
                break
        if bound > accepted:
            value, bound = proof.certified(np.inf)
        seconds = time.perf_counter() - began
        record = history.record(value_of_greedy_policy(now, value), now.absorbs)
        record["clock"][-1] = seconds
        whole = episodic is None or episodic.model is model  # in merged sets actions may tie, others are left out
        policy, optimal = now.policy, whole and proof.separates(value, bound)
        if episodic:
            value, policy = episodic.unfold_value(value), episodic.unfold_policy(policy)
        proved = bound <= accepted
        plan = Plan(value, policy, bound, proved, optimal, now.sweeps, seconds, model.called, history=record)
        return self.warn(plan)
