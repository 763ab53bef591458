"""A metric of every run in the course of time: the points of curves."""

import numpy as np

from rlnotes.simulation.result import Result


def series(result: Result, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """The points x [points] at which a metric is known, and the metric of every run there [runs, points].

    `regret` against steps; `optimal`, the share of optimal actions since the point before, against steps;
    `rmse` against steps or episodes, from the start; `return`, `length` and `episode_regret` against the number of the
    episode, up to the last one that every run has.
    """
    data = result.data
    if metric == "regret":
        return data["steps"], data["regret"]
    if metric == "optimal":
        return since_last(data["steps"], data["optimal"] * data["steps"])
    if metric == "rmse":
        error = data["rmse"]
        start = np.full((len(error), 1), data["start_rmse"])
        return np.append(0, data["rmse_at"]), np.hstack([start, error])
    episodes = np.isfinite(data["returns"]).all(axis=0).sum()
    return np.arange(1, episodes + 1), by_episode(result, metric)[:, :episodes]


def since_last(steps: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of the recorded `steps`, and the mean growth per step of a `total` [runs, steps] since the point before.

    Early points are single steps, later ones ten steps or more apart, which removes noise.
    """
    points = [0]
    for i in range(1, len(steps)):
        if steps[i] - steps[points[-1]] >= min(10, steps[i] / 20):
            points.append(i)
    passed = np.diff(steps[points], prepend=0)
    return steps[points], np.diff(total[:, points], prepend=0, axis=1) / passed


def ranked(result: Result) -> bool:
    """Whether every arm of a bandit has a known mean that does not change."""
    return "arm_means" in result.data and str(result.data.get("regret_against")) == "the best arm"


def by_arm(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """The arms 1, …, k and the pulls of each in all steps [runs, k]; in each run by falling mean, if they are `ranked`.

    Arms with the same mean stay in order.
    """
    pulls = result.data["pulls"]
    if ranked(result):
        order = np.argsort(-result.data["arm_means"], axis=1, kind="stable")
        pulls = np.take_along_axis(pulls, order, axis=1)
    return np.arange(1, pulls.shape[1] + 1), pulls


def by_episode(result: Result, metric: str) -> np.ndarray:
    """The `return` or the `length` of every episode [runs, episodes], or the cumulative `episode_regret`."""
    shown = result.data["lengths" if metric == "length" else "returns"]
    return np.cumsum(result.data["best_return"] - shown, axis=1) if metric == "episode_regret" else shown


def by_steps(result: Result, metric: str, window: int = 1, points: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """A metric of episodes against steps: x [points] and the metric [runs, points] of the runs with an episode.

    The metric at x is its mean over the last `window` episodes that ended by then, or over all if there are fewer. The
    first x is the first step by which each of these runs has an episode.
    """
    ends, shown = np.cumsum(result.data["lengths"], axis=1), by_episode(result, metric)
    count = np.isfinite(result.data["returns"]).sum(axis=1)
    known = np.flatnonzero(count)
    x = np.unique(np.linspace(ends[known, 0].max(), result.settings["steps"], points).astype(np.int64))
    y = []
    for run in known:
        last = np.searchsorted(ends[run, : count[run]], x, "right")  # number of episodes that ended by then
        total, first = np.append(0.0, np.cumsum(shown[run, : count[run]])), np.maximum(last - window, 0)
        y.append((total[last] - total[first]) / (last - first))
    return x, np.array(y)
