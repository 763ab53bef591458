"""What the model of a finite MDP tells exactly of what there is to learn."""

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.agents.planning.backward_induction import BackwardInduction
from rlnotes.agents.planning.base.plan import Plan
from rlnotes.agents.planning.base.planner import Planner
from rlnotes.agents.planning.modified_policy_iteration import ModifiedPolicyIteration
from rlnotes.agents.random import Random
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.linear_equations import reached, solve
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.policy_values import start_values
from rlnotes.simulation.recorder import Judge

if TYPE_CHECKING:
    from rlnotes.simulation.cell import Cell

GREEDY_RUNS, GREEDY_POINTS = 100, 40
"""runs of a block whose greedy policies are evaluated, and how often"""
ERROR_POINTS = 200
"""how often the error of a value is, where runs are told their steps; else it is after every episode"""


@dataclass(frozen=True)
class Truth:
    """What is known of the task of a cell, where the model of its environment is."""

    cell: "Cell"

    @cached_property
    def optimum(self) -> Plan | None:
        """The best that there is to learn, for a learner on a finite MDP whose optimal values are finite."""
        if self.cell.model and self.cell.agent.plans:
            with suppress(SettingError):
                return ModifiedPolicyIteration().plan(self.cell.model)
        return None

    @cached_property
    def value(self) -> np.ndarray | None:
        """What there is to learn for an agent that predicts: V_π [states] where π may come to, else NaN."""
        if not self.cell.model or not isinstance(self.cell.agent, PredictionAgent):
            return None
        with closing(self.cell.env.batch(1)) as env:
            transition, reward = self.cell.model.chain(self.cell.agent.chances(self.cell.problem(env)))
        seen = reached(transition, self.cell.model.start)
        value = np.full(len(seen), np.nan)
        try:
            value[seen] = solve(self.cell.model.discount * transition[seen][:, seen], reward[seen])
        except SettingError:
            what = "never ends from some states, so with γ = 1 it has no value; set another, or env.discount below 1"
            raise SettingError("agent.policy", catalog.written(self.cell.agent.policy), what) from None
        return value

    def error(self, value: np.ndarray) -> np.ndarray:
        """√(mean_s [V(s) − V_π(s)]²) [runs] of values [runs, states], over the states s that π may come to."""
        assert self.value is not None
        seen = ~np.isnan(self.value)
        with np.errstate(over="ignore"):
            error: np.ndarray = np.sqrt(((value[:, seen] - self.value[seen]) ** 2).mean(axis=1))
        return error

    def judge(self, agent: Agent) -> Judge | None:
        """Who tells how far an agent has come, where the model says what there is to learn."""
        model = self.cell.model
        if self.value is not None and isinstance(agent, PredictionAgent):
            return Judge(
                "rmse", lambda runs: self.error(agent.value(runs)), self.cell.runs, self.cell.episodes or ERROR_POINTS
            )
        if model and self.optimum:
            return Judge(
                "greedy_value", lambda runs: start_values(model, agent.greedy(runs)), GREEDY_RUNS, GREEDY_POINTS
            )
        return None

    @cached_property
    def best_return(self) -> float | None:
        """The largest mean return of an episode, Σ_t R_t, of learners on a finite MDP where it is finite.

        Where states are hidden it is that of the hidden model, of any agent; other environments may know theirs.
        """
        if (known := getattr(self.cell.env, "best_return", None)) is not None:
            return float(known)
        learns = not isinstance(self.cell.agent, Planner | PredictionAgent | Random)
        if self.cell.whole_model and (learns or not self.cell.model):
            with suppress(SettingError):
                model = replace(self.cell.whole_model, discount=1.0)
                limit = self.cell.time_limit
                planner = BackwardInduction(horizon=limit) if limit else ModifiedPolicyIteration()
                return float(model.start @ planner.plan(model).value)
        return None

    def known(self, model: Model) -> dict[str, np.ndarray]:
        """What is known of a finite MDP beside what was recorded: its picture, and what is optimal."""
        known: dict[str, Any] = {}
        if picture := model.picture:
            known |= {
                "grid": picture.grid,
                "text": picture.text,
                "actions": list(picture.actions),
                "final": model.final,
            }
        if self.optimum:
            known |= {"optimal_value": self.optimum.value, "optimal_policy": self.optimum.policy}
            known["optimum"] = model.start @ self.optimum.value
        if self.value is not None and isinstance(self.cell.agent, PredictionAgent):
            known["true_value"] = self.value
            known["start_rmse"] = self.error(np.full((1, model.states), self.cell.agent.initial))[0]
        return {key: np.asarray(value) for key, value in known.items()}
