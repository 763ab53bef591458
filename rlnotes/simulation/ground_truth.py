"""Exact facts about a task: the optimum, the value to predict, the best return."""

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.agents.base.predictor import Predictor
from rlnotes.agents.planning.backward_induction import BackwardInduction
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.modified_policy_iteration import ModifiedPolicyIteration
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.base.linear_equations import never_ends, reached
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.policy_values import start_values
from rlnotes.simulation.evaluation import Evaluation

GREEDY_RUNS, GREEDY_POINTS = 100, 40
"""runs of a block whose greedy policies are evaluated, and evaluations of each"""
SNAPSHOT_CELLS = 1_000
"""cells of a map up to which snapshots of run 0 are kept"""
ERROR_POINTS = 200
"""evaluations of the error of a value, if runs have a number of steps; otherwise one after every episode"""


@dataclass(frozen=True)
class GroundTruth:
    """Exact facts about the task of an agent in an environment; a fact that is not known is None."""

    agent: Agent
    env: Environment

    @cached_property
    def problem(self) -> Problem:
        """The problem of the agent, with one run."""
        with closing(self.env.batch(1)) as runs:
            return Problem.of(self.env, runs, None)

    @cached_property
    def optimum(self) -> Plan | None:
        """The best plan, for an agent that learns a policy of a finite MDP whose optimal values are finite."""
        if self.env.observed_model and self.agent.learns_policy:
            with suppress(SettingError):
                return ModifiedPolicyIteration().plan(self.env.observed_model)
        return None

    @cached_property
    def value(self) -> np.ndarray | None:
        """V_π [states] of the policy that an agent is to predict; NaN in states that π never reaches.

        Raises `SettingError` if the policy has no value.
        """
        model = self.env.observed_model
        if not model or not isinstance(self.agent, Predictor):
            return None
        chances = self.agent.chances(self.problem)
        transition, _ = model.chain(chances, idle_ends=True)
        seen = reached(transition, model.start)
        if model.discount == 1 and never_ends(transition)[seen].any():
            reason = "never ends from some states, which γ = 1 does not allow; set another, or env.discount below 1"
            raise SettingError("agent.policy", catalog.written(self.agent.policy), reason)
        return np.where(seen, model.evaluate(chances), np.nan)

    def error(self, value: np.ndarray) -> np.ndarray:
        """√(mean_s [V(s) − V_π(s)]²) [runs] of values [runs, states], over the states s that π reaches."""
        assert self.value is not None
        seen = ~np.isnan(self.value)
        with np.errstate(over="ignore"):
            error: np.ndarray = np.sqrt(((value[:, seen] - self.value[seen]) ** 2).mean(axis=1))
        return error

    def evaluation(self, agent: Agent, runs: int, episodes: int | None) -> Evaluation | None:
        """The evaluation of this agent, after `begin`; None if nothing can be evaluated exactly."""
        model = self.env.observed_model
        if self.value is not None and isinstance(agent, Predictor):
            return Evaluation("rmse", lambda chosen: self.error(agent.value(chosen)), runs, episodes or ERROR_POINTS)
        if model and self.optimum:
            return Evaluation(
                "greedy_value",
                lambda chosen: start_values(model, agent.greedy(chosen)),
                GREEDY_RUNS,
                GREEDY_POINTS,
                partial(snapshot, agent, model) if self.draws_snapshots else None,
            )
        return None

    @property
    def draws_snapshots(self) -> bool:
        """Whether the model has a map that is small enough for snapshots of what was learnt."""
        picture = self.env.model.picture if self.env.model else None
        return picture is not None and picture.is_map and picture.grid.size <= SNAPSHOT_CELLS

    @cached_property
    def best_return(self) -> float | None:
        """The largest mean return Σ_t R_t of an episode, for an agent that seeks return.

        Where states are hidden it is the best return of the hidden model, for any agent.
        """
        if self.env.best_return is not None:
            return float(self.env.best_return)
        if self.env.model and (self.agent.seeks_return or self.env.emission is not None):
            with suppress(SettingError):
                model = replace(self.env.model, discount=1.0)
                limit = self.env.time_limit
                planner = BackwardInduction(horizon=limit) if limit else ModifiedPolicyIteration()
                return model.at_start(planner.plan(model).value)
        return None

    def record(self) -> Record:
        """The known facts, under the names of the record."""
        known, model = Record(), self.env.observed_model
        if model and (picture := model.picture) and picture.is_map:
            known["grid"], known["text"] = np.asarray(picture.grid), np.asarray(picture.text)
            known["actions"] = np.asarray(list(picture.actions))
            known["reachable"] = reached(
                model.chain(model.available / model.available.sum(axis=1)[:, None])[0], model.start
            )
        if model:
            known["final"] = np.asarray(model.final)
        if model and self.env.keeps_names:
            states, actions = (np.array([str(name) for name in names]) for names in model.called)
            known["state_names"], known["action_names"] = states, actions
        if model and self.optimum:
            known["optimal_value"], known["optimal_policy"] = self.optimum.value, self.optimum.policy
            known["optimum"] = np.asarray(model.at_start(self.optimum.value))
        if model and self.value is not None and isinstance(self.agent, Predictor):
            known["true_value"] = self.value
            known["start_rmse"] = np.asarray(self.error(self.agent.first_value(self.problem)[None])[0])
        if self.env.regret_against is not None:
            known["regret_against"] = np.asarray(self.env.regret_against)
        if np.isfinite(self.env.return_range).any():
            known["return_range"] = np.asarray(self.env.return_range)
        if self.best_return is not None:
            known["best_return"] = np.asarray(self.best_return)
        return known


def snapshot(agent: Agent, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """What run 0 of an agent has learnt so far: its values, NaN if it learns none, and its greedy policy [states]."""
    first = np.zeros(1, np.int64)
    values = agent.learned_values(first)
    return np.full(model.states, np.nan) if values is None else values[0], agent.greedy(first)[0]
