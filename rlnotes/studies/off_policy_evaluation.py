"""Off-policy evaluation: how often intervals hold the true value, and how large errors are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from gymnasium.spaces import Box, Discrete
from matplotlib.figure import Figure

from rlnotes.base.errors import enumerated
from rlnotes.data.dataset import Dataset, Episode
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, frame
from rlnotes.off_policy.evaluation import ESTIMATORS, evaluate
from rlnotes.studies.base.study import Study

MARKERS = ("o", "s", "^", "D")
LEAST = 0.9
"""coverage below which an interval is named"""
T = 6
"""steps of an episode in the problem "episodes\""""


class Problem(NamedTuple):
    """A source of data, and the policy to evaluate with its value."""

    draw: Callable[[np.random.Generator, int], Dataset]
    policy: list[float]
    value: float
    steps_alone: bool


def bandit(behaviour: tuple[float, float]) -> Callable[[np.random.Generator, int], Dataset]:
    """Draws n steps of two Bernoulli arms with the means .3 and .6, which a policy plays."""

    def draw(rng: np.random.Generator, n: int) -> Dataset:
        action = (rng.random(n) < behaviour[1]).astype(np.int64)
        reward = (rng.random(n) < np.array([0.3, 0.6])[action]).astype(float)
        one = Episode(np.zeros(n + 1, np.int64), action, reward, False, np.array(behaviour)[action])
        return Dataset.of([one], Discrete(1), Discrete(2))

    return draw


def wrong_model(rng: np.random.Generator, n: int) -> Dataset:
    """n steps with a context z ~ U(−1, 1): arm 1 pays z² and arm 0 pays ½, which is not linear in z."""
    z = rng.uniform(-1, 1, n)
    x = np.stack([np.stack([z, 0 * z], 1), np.stack([0 * z, z], 1)], 1)
    p = 1 / (1 + np.exp(-2 * z))
    action = (rng.random(n) < p).astype(np.int64)
    reward = np.where(action == 1, z**2, 0.5)
    one = Episode(np.concatenate([x, x[:1]]), action, reward, False, np.where(action == 1, p, 1 - p))
    return Dataset.of([one], Box(-1, 1, (2, 2), np.float64), Discrete(2))


def episodes(rng: np.random.Generator, n: int) -> Dataset:
    """n episodes of `T` steps, which pay 0 or 1, mostly 1 if action 1 follows action 1.

    The state 2 t + A_{t−1} tells time and last action.
    """
    action = rng.integers(2, size=(n, T))
    last = np.pad(action, ((0, 0), (1, 0)))
    reward = (rng.random((n, T)) < np.where(action * last[:, :-1], 0.7, 0.2)).astype(float)
    rows = zip(2 * np.arange(T + 1) + last, action, reward, strict=True)
    return Dataset.of([Episode(s, a, r, True, np.full(T, 0.5)) for s, a, r in rows], Discrete(2 * T + 2), Discrete(2))


PROBLEMS = {
    "two arms": Problem(bandit((0.8, 0.2)), [0.2, 0.8], 0.54, True),
    "an arm that is seldom played": Problem(bandit((0.95, 0.05)), [0.05, 0.95], 0.585, True),
    "a wrong model": Problem(wrong_model, [0.5, 0.5], 5 / 12, True),
    "episodes of 6 steps": Problem(episodes, [0.2, 0.8], 0.2 * T + 0.5 * 0.64 * (T - 1), False),
}


@dataclass
class OffPolicyEvaluation(Study):
    """Estimates of the value of a policy from data of another policy: intervals and errors.

    An interval of 95 % should hold the true value in 95 of 100 data sets. It does so where weights are not too large,
    and, for an estimator that trusts a model, where the model is right.
    """

    replications: int = 500
    """data sets of each problem"""

    n: int = 1_000
    """steps of a data set, or episodes"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("replications", 2)
        self.require_whole("n", 50)

    def measure(self) -> Measured:
        rng, shape = np.random.default_rng(self.seed), (len(PROBLEMS), len(ESTIMATORS))
        held, square = np.zeros(shape), np.zeros(shape)
        for i, problem in enumerate(PROBLEMS.values()):
            for _ in range(self.replications):
                data = problem.draw(rng, self.n)
                found = evaluate(data, problem.policy, steps_alone=problem.steps_alone).estimates
                held[i] += [one.low <= problem.value <= one.high for one in found.values()]
                square[i] += [(one.mean / problem.value - 1) ** 2 for one in found.values()]
        return {"coverage": held / self.replications, "error": np.sqrt(square / self.replications)}

    def draw(self, figure: Figure, found: Measured) -> None:
        coverage, error = figure.subplots(1, 2, sharey=True)
        y = np.arange(len(ESTIMATORS))
        for i, problem in enumerate(PROBLEMS):
            place = y + 0.15 * (i - 1.5)
            for axes, name in ((coverage, "coverage"), (error, "error")):
                axes.plot(100 * found[name][i], place, MARKERS[i], color=COLOURS[i], label=problem, markersize=5)
        coverage.axvline(95, color="0.35", linewidth=1, linestyle=":")
        coverage.set(xlabel="intervals of 95 % that hold the value, in %", yticks=y, yticklabels=self.names())
        error.set(xlabel="root mean square error, in % of the value", xscale="log")
        coverage.invert_yaxis()
        for axes in (coverage, error):
            frame(axes)
        figure.legend(*coverage.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)

    def names(self) -> list[str]:
        """The estimators in words."""
        return [name.replace("_", " ") for name in ESTIMATORS]

    def conclude(self, found: Measured) -> str:
        low = found["coverage"] < LEAST
        parts = [
            f"{problem}: {enumerated([name for name, bad in zip(self.names(), row, strict=True) if bad], 'and')}"
            for problem, row in zip(PROBLEMS, low, strict=True)
            if row.any()
        ]
        rest = found["coverage"][~low]
        return (
            f"Intervals of 95 % hold the value in {100 * rest.min():.0f} to {100 * rest.max():.0f} % of the data sets, "
            f"but in less than {100 * LEAST:.0f} % for {'; '.join(parts) or 'none'}."
        )
