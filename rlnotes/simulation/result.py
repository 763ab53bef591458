"""What a cell gave, and by what it can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from rlnotes.analysis.statistics import estimate
from rlnotes.simulation.recorder import stack

LEARNED = ("greedy_value", "rmse", "visits", "greedy_for", "weights")
"""what is kept of learners of finite MDPs, and of networks"""

RECORDED = (
    "regret",
    "reward",
    "optimal",
    "arm_means",
    "returns",
    "lengths",
    "greedy_returns",
    "first_return",
    "reward_rate",
    *LEARNED,
)
"""what is kept of every run [runs, ...]; all else is the same for all"""


PLAN = ("start_value", "bound", "sweeps", "converged")
"""the facts of a plan"""

PLANNED = {"gain": "reward_rate", "value": "first_return"}
"""metrics of plans, and what comes of one in each run: the reward of a step, the discounted return of an episode"""

METRICS = {"regret": "regret", **{metric: metric for metric in PLANNED}, "rmse": "rmse", "return": "returns"} | {
    "greedy_return": "greedy_returns"
}
"""metrics, and the array that a result has which can be compared by it"""

COSTS = ("regret", "rmse")
"""metrics of which less is better"""


@dataclass
class Result:
    """What a cell gave: its `settings`, what was recorded as `data`, and the `seconds` of the simulation alone.

    Of a plan `clock` are the seconds that it had taken at the end of each of its rounds.
    """

    settings: dict[str, Any]
    data: dict[str, np.ndarray]
    seconds: float
    clock: list[float] = field(default_factory=list)

    @classmethod
    def of_blocks(
        cls, settings: dict[str, Any], blocks: list[dict[str, np.ndarray]], seconds: float, clock: Sequence[float] = ()
    ) -> Self:
        """The result of runs that were recorded in blocks."""
        data = {key: stack([b[key] for b in blocks]) if key in RECORDED else blocks[0][key] for key in blocks[0]}
        if "learned_value" in data:  # the mean over the runs of a block
            runs = [len(b["regret" if "regret" in b else "returns"]) for b in blocks]
            data["learned_value"] = np.average([b["learned_value"] for b in blocks], axis=0, weights=runs)
        return cls(settings, data, seconds, list(clock))

    @property
    def metrics(self) -> list[str]:
        """By what the result can be compared, the first being what it is best compared by.

        `regret`, and `rmse` of what predicts, the smaller the better; `value` of a plan, or `gain` of a plan for the
        long run, and `return`, the larger the better, as of `greedy_return`, of what was learnt in the end.
        """
        has = [name for name, key in METRICS.items() if key in self.data]
        first, others = has[0], [name for name in has[1:] if name.endswith("return")]
        return [first, *(name for name in others if np.isfinite(self.outcome_by(name)).all())]

    @property
    def metric(self) -> str:
        return self.metrics[0]

    @property
    def outcome(self) -> np.ndarray:
        return self.outcome_by(self.metric)

    def outcome_by(self, metric: str) -> np.ndarray:
        """The metric of each run [runs].

        Regret at the end; the mean error of what was predicted, over the run; the mean return of its episodes (NaN
        without one), or of those played greedily in the end; of a plan what came of it.
        """
        if metric == "regret":
            return self.data["regret"][:, -1]
        if metric == "rmse":
            outcome: np.ndarray = self.data["rmse"].mean(axis=1)
            return outcome
        if metric in PLANNED:
            return self.data[PLANNED[metric]]
        returns = self.data[METRICS[metric]]
        count = (~np.isnan(returns)).sum(axis=1)
        return np.divide(np.nansum(returns, axis=1), count, out=np.full(len(returns), np.nan), where=count > 0)

    def curve(self, metric: str) -> tuple[np.ndarray, np.ndarray]:
        """What the metric is drawn against [points], and the metric [runs, points].

        Regret against steps; the error against steps or episodes, from the start; or the return or the length of an
        episode, or the cumulative regret of episodes, against their number, as far as every run has come.
        """
        if metric == "regret":
            return self.data["steps"], self.data["regret"]
        if metric == "rmse":
            error = self.data["rmse"]
            start = np.full((len(error), 1), self.data["start_rmse"])
            return np.append(0, self.data["rmse_at"]), np.hstack([start, error])
        episodes = np.isfinite(self.data["returns"]).all(axis=0).sum()
        return np.arange(1, episodes + 1), self.episodes(metric)[:, :episodes]

    def episodes(self, metric: str) -> np.ndarray:
        """The return or the length of every episode [runs, episodes], or the cumulative regret with it."""
        shown = self.data["lengths" if metric == "length" else "returns"]
        return np.cumsum(self.data["best_return"] - shown, axis=1) if metric == "episode_regret" else shown

    def along_steps(self, metric: str, window: int = 1, points: int = 200) -> tuple[np.ndarray, np.ndarray]:
        """What `curve` tells of episodes against the steps of a run, at so many of them.

        It is the mean over the last `window` episodes that ended, or as many as there are, from where every run had
        ended one.
        """
        ends, shown = np.cumsum(self.data["lengths"], axis=1), self.episodes(metric)
        count = np.isfinite(self.data["returns"]).sum(axis=1)
        x = np.unique(np.linspace(ends[:, 0].max(), self.settings["steps"], points).astype(np.int64))
        y = []
        for run in range(len(ends)):
            last = np.searchsorted(ends[run, : count[run]], x, "right")  # episodes that ended by then
            total, first = np.append(0.0, np.cumsum(shown[run, : count[run]])), np.maximum(last - window, 0)
            y.append((total[last] - total[first]) / (last - first))
        return x, np.array(y)

    @property
    def steps_per_second(self) -> float:
        """Steps of all runs in a second of the simulation."""
        if self.settings["episodes"]:
            return float(self.data["lengths"].sum()) / self.seconds
        return self.settings["steps"] * len(self.outcome) / self.seconds

    @property
    def facts(self) -> dict[str, Any]:
        """Of a plan: the value from the start, the error bound, the sweeps, and whether it converged."""
        facts = {key: self.data[key].item() for key in PLAN if key in self.data}
        return {key: value if np.isfinite(value) else None for key, value in facts.items()}

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of summary.json; null where a single run tells nothing of the spread."""
        mean, error, low, high = (number(x) for x in estimate(self.outcome))
        return {
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
            **self.facts,
            **({"clock": self.clock} if self.clock else {}),
        }

    def frame(self) -> Any:
        """The curves as a pandas data frame, one row a run and checkpoint (or episode)."""
        import pandas

        names = ("regret", "reward", "optimal", "returns", "lengths")
        curves = {key: self.data[key] for key in names if key in self.data}
        columns = self.data["steps"] if "steps" in self.data else np.arange(next(iter(curves.values())).shape[1]) + 1
        index = pandas.MultiIndex.from_product(
            [range(len(self.outcome)), columns], names=["run", "step" if "steps" in self.data else "episode"]
        )
        return pandas.DataFrame({key: value.ravel() for key, value in curves.items()}, index=index).reset_index()


def number(x: Any) -> float | None:
    """A number for JSON, which has neither NaN nor ∞."""
    return float(x) if np.isfinite(x) else None
