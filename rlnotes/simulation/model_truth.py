"""Exact facts about a task that is a finite MDP: the optimum, the value to predict, the best return."""

from contextlib import closing, suppress
from dataclasses import replace
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
from rlnotes.envs.mdps.base.linear_equations import never_ends, reached
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.policy_values import start_values
from rlnotes.simulation.evaluation import Evaluation
from rlnotes.simulation.ground_truth import GroundTruth

GREEDY_RUNS, GREEDY_POINTS = 100, 40
"""runs of a block whose greedy policies are evaluated, and evaluations of each"""
SNAPSHOT_CELLS = 1_000
"""cells of a map up to which snapshots of run 0 are kept"""
ERROR_POINTS = 200
"""evaluations of the error of a value, if runs have a number of steps; otherwise one after every episode"""


class ModelTruth(GroundTruth):
    """Exact facts about the task of an agent in an environment that has a model."""

    @cached_property
    def problem(self) -> Problem:
        """The problem of the agent, with one run."""
        with closing(self.env.batch(1)) as runs:
            return Problem.of(self.env, runs, None)

    @cached_property
    def optimum(self) -> Plan | None:
        """For an agent that learns a policy, if the optimal values are finite."""
        if self.env.observed_model and self.agent.learns_policy:
            with suppress(SettingError):
                return ModifiedPolicyIteration().plan(self.env.observed_model)
        return None

    @cached_property
    def value(self) -> np.ndarray | None:
        """NaN in states that π never reaches; raises `SettingError` if the policy has no value."""
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
        """Where states are hidden it is the best return of the hidden model, for any agent."""
        if (known := super().best_return) is not None:
            return known
        if self.env.model and (self.agent.seeks_return or self.env.emission is not None):
            with suppress(SettingError):
                model = replace(self.env.model, discount=1.0)
                limit = self.env.time_limit
                planner = BackwardInduction(horizon=limit) if limit else ModifiedPolicyIteration()
                return model.at_start(planner.plan(model).value)
        return None

    def record(self) -> Record:
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
        return known | super().record()


def snapshot(agent: Agent, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """What run 0 of an agent has learnt so far: its values, NaN if it learns none, and its greedy policy [states]."""
    first = np.zeros(1, np.int64)
    values = agent.learned_values(first)
    return np.full(model.states, np.nan) if values is None else values[0], agent.greedy(first)[0]
