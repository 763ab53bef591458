"""The result of a cell, and the metrics by which results are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypedDict, cast

import numpy as np

from rlnotes.base.record import Record, array, pooled
from rlnotes.simulation import learnt_tables
from rlnotes.simulation.estimate import estimate


class PlanFacts(TypedDict, total=False):
    """Facts about a plan: numbers of its record that summary.json and comparison.csv have too."""

    start_value: float | None
    """value of a plan from the start"""
    bound: float | None
    """proved error of the value of a plan; null if no error is proved"""
    sweeps: int
    """passes over all states"""
    converged: bool
    """whether the error bound is within the tolerance"""
    policy_optimal: bool
    """whether the policy of a plan is proved optimal: every other action is worse"""


PLANNED = {"gain": "reward_rate", "value": "first_return"}
"""metrics of plans, and the array with the realized score of each run: reward per step, or discounted return"""

METRICS = {
    "regret": "regret",
    **{metric: metric for metric in PLANNED},
    "rmse": "rmse",
    "return": "returns",
    "greedy_return": "greedy_returns",
    "sampled_return": "sampled_returns",
}
"""metrics in order of preference, and the array that a result must have to be compared by the metric"""

EVALUATIONS = ("greedy_return", "sampled_return")
"""metrics of the episodes after learning"""

COSTS = ("regret", "rmse")
"""metrics where less is better"""


class Summary(PlanFacts, total=False):
    """The content of summary.json; null where a number is not known, such as the spread of a single run."""

    agent: str
    """name of the agent"""
    env: str
    """name of the environment"""
    seed: int
    """seed of the random numbers"""
    runs: int
    """number of runs, including runs that `precision` added"""
    steps: int | None
    """steps of every run; null if the number of episodes was given"""
    episodes: int | None
    """episodes of every run; null if the number of steps was given"""
    precision: float | None
    """the setting `precision`"""
    seconds: float
    """seconds of the steps, or of planning"""
    steps_per_second: float
    """steps of all runs per second of stepping"""
    metric: str
    """the metric of the numbers below"""
    regret_against: str
    """the reference of the regret, in words"""
    mean: float | None
    """mean of the metric over the runs"""
    standard_error: float | None
    """standard error of the mean"""
    interval: list[float | None]
    """ends of the 95 % confidence interval of the mean"""
    truncated: float | None
    """share of the episodes that were truncated and not terminated; not there if no episodes are recorded"""
    clock: list[float]
    """seconds until the end of each round of planning"""


@dataclass
class Result:
    """The result of a cell: its `settings`, the recorded `data`, and the `seconds` of its steps, without preparation.

    For a plan, `clock` holds the seconds until the end of each round.
    """

    settings: dict[str, Any]
    data: Record
    seconds: float
    clock: list[float] = field(default_factory=list)

    @classmethod
    def pooled(cls, settings: dict[str, Any], blocks: Sequence[Self], beginning: Self | None = None) -> Self:
        """The result of all runs, from the results of blocks of runs, and perhaps that of all earlier blocks."""
        data = pooled([block.data for block in blocks], beginning.data if beginning else None)
        parts = [beginning, *blocks] if beginning else blocks
        return cls(settings, data, sum(part.seconds for part in parts), parts[-1].clock)

    @property
    def metrics(self) -> list[str]:
        """The metrics that the result has, the preferred one first.

        Less is better for `regret`, and for `rmse` of predicted values. More is better for the `value` of a plan, the
        `gain` of a plan for the long run, `return`, and `greedy_return` or `sampled_return`, the return of the policy
        after learning.
        """
        has = [name for name, key in METRICS.items() if key in self.data]
        first, others = has[0], [name for name in has[1:] if name.endswith("return")]
        return [first, *(name for name in others if np.isfinite(self.outcome_by(name)).any())]

    @property
    def metric(self) -> str:
        """The preferred metric."""
        return self.metrics[0]

    @property
    def outcome(self) -> np.ndarray:
        """The preferred metric of each run [runs]."""
        return self.outcome_by(self.metric)

    def outcome_by(self, metric: str) -> np.ndarray:
        """The metric of each run [runs].

        Final regret; mean error of the predictions over the run; mean return of the episodes (NaN without an episode),
        or of the episodes after learning; for a plan, the realized score.
        """
        if metric == "regret":
            return self.data["regret"][:, -1]
        if metric == "rmse":
            outcome: np.ndarray = self.data["rmse"].mean(axis=1)
            return outcome
        if metric in PLANNED:
            return array(self.data, PLANNED[metric])
        returns = array(self.data, METRICS[metric])
        count = (~np.isnan(returns)).sum(axis=1)
        return np.divide(np.nansum(returns, axis=1), count, out=np.full(len(returns), np.nan), where=count > 0)

    def range_of(self, metric: str) -> tuple[float, float]:
        """The range that a mean of the metric lies in for certain."""
        if metric in ("return", *EVALUATIONS) and "return_range" in self.data:
            low, high = self.data["return_range"]
            return float(low), float(high)
        return 0.0 if metric in COSTS else -np.inf, np.inf

    @property
    def steps_per_second(self) -> float:
        """Steps of all runs per second of stepping."""
        if self.settings["episodes"]:
            return float(self.data["lengths"].sum()) / self.seconds
        return self.settings["steps"] * len(self.outcome) / self.seconds

    @property
    def q(self) -> np.ndarray:
        """Q(s, a) as the first runs learnt it [kept runs, states, actions]; −∞ for actions that are not available.

        Agents that plan every step h < H of an episode have [kept runs, H, states, actions]. At most 100 runs are kept,
        and at most 2²⁰ numbers. Raises `SettingError` if the agent has no such table, or if it was not kept.
        """
        return learnt_tables.q(self.settings["agent"]["name"], self.data)

    @property
    def value(self) -> np.ndarray:
        """V(s) of a plan [states], or as the first runs learnt it [kept runs, states]: max_a Q(s, a) if they learnt Q.

        It is [kept runs, H, states] if Q depends on the step. Raises `SettingError` as `q` does.
        """
        return learnt_tables.value(self.settings["agent"]["name"], self.data)

    @property
    def policy(self) -> np.ndarray:
        """π(s) of a plan [states], or the greedy policy that the first runs learnt [kept runs, states].

        Actions count from 0. It is [horizon, states], or [kept runs, H, states], if the action depends on the step.
        Raises `SettingError` as `q` does.
        """
        return learnt_tables.policy(self.settings["agent"]["name"], self.data)

    @property
    def facts(self) -> PlanFacts:
        """The facts about a plan; nothing if there is none."""
        facts = {key: array(self.data, key).item() for key in PlanFacts.__annotations__ if key in self.data}
        return cast(PlanFacts, {key: value if np.isfinite(value) else None for key, value in facts.items()})

    @property
    def summary(self) -> Summary:
        """The content of summary.json."""
        mean, error, low, high = (finite_or_null(x) for x in estimate(known(self.outcome)))
        content = {
            "agent": self.settings["agent"]["name"],
            "env": self.settings["env"]["name"],
            "seed": self.settings["seed"],
            "runs": len(self.outcome),
            **{key: self.settings[key] for key in ("steps", "episodes", "precision")},
            "seconds": self.seconds,
            "steps_per_second": self.steps_per_second,
            "metric": self.metric,
            **({"regret_against": self.data["regret_against"].item()} if "regret_against" in self.data else {}),
            "mean": mean,
            "standard_error": error,
            "interval": [low, high],
            **({"truncated": finite_or_null(truncated_share(self, self.metric))} if "truncated" in self.data else {}),
            **self.facts,
            **({"clock": self.clock} if self.clock else {}),
        }
        return cast(Summary, content)

    def frame(self) -> Any:
        """The curves as a pandas data frame, one row per run and recorded step (or episode)."""
        import pandas

        names = ("regret", "reward", "optimal", "returns", "lengths")
        curves = {key: array(self.data, key) for key in names if key in self.data}
        columns = self.data["steps"] if "steps" in self.data else np.arange(next(iter(curves.values())).shape[1]) + 1
        index = pandas.MultiIndex.from_product(
            [range(len(self.outcome)), columns], names=["run", "step" if "steps" in self.data else "episode"]
        )
        return pandas.DataFrame({key: value.ravel() for key, value in curves.items()}, index=index).reset_index()


def known(outcome: np.ndarray) -> np.ndarray:
    """The outcomes of the runs that have one: a run in which no episode ended has no return."""
    return outcome[~np.isnan(outcome)]


def finite_or_null(x: Any) -> float | None:
    """A number for JSON, which has no NaN and no ∞: they become null."""
    return float(x) if np.isfinite(x) else None


def truncated_by(result: Result, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """How many episodes of each run were truncated [runs], and how many ended [runs]: those behind the metric."""
    after = metric in EVALUATIONS
    truncated = array(result.data, "truncated_after_learning" if after else "truncated")
    return truncated, np.isfinite(array(result.data, METRICS[metric] if after else "returns")).sum(axis=1)


def truncated_share(result: Result, metric: str) -> float:
    """The share of these episodes of all runs that were truncated; NaN if none ended or none are recorded."""
    truncated, ended = truncated_by(result, metric) if "truncated" in result.data else (np.zeros(1), np.zeros(1))
    return float(truncated.sum() / ended.sum()) if ended.any() else np.nan
