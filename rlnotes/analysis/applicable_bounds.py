"""Which bounds on regret apply to a cell, and their values."""

from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple, TypedDict

import numpy as np

from rlnotes.analysis import regret_bounds
from rlnotes.analysis.theorems import LOWER, UPPER, Case, Theorem
from rlnotes.simulation.result import Result

INSTANCES = 1_000
"""problem instances whose bounds are computed together, to save memory"""


class Bound(NamedTuple):
    """A bound to draw beside the mean regret of an agent's runs."""

    label: str
    """name of the bound"""
    source: str
    """theorem and author"""
    values: np.ndarray
    """[steps], mean over the problem instances; of upper bounds, capped at the regret of the worst arm"""
    lower: bool
    """whether it is a lower bound for every agent; otherwise an upper bound for this agent"""
    trivial: bool
    """whether the last value of an upper bound is only the regret of the worst arm"""
    about: str
    """as in `Theorem`"""


class BoundAtTheEnd(TypedDict):
    """A bound on the regret of a row after its last step, in comparison.json."""

    row: str
    """label of the row"""
    bound: str
    """name of the bound"""
    source: str
    """theorem and author"""
    about: str
    """as in `Theorem`"""
    lower: bool
    """whether it is a lower bound for every agent; otherwise an upper bound for this agent"""
    value: float
    """its value after the last step; of a slope, what regret of that slope comes to"""


def at_the_end(label: str, result: Result) -> list[BoundAtTheEnd]:
    """The bounds that apply to a row, after its last step."""
    data = result.data
    return [
        BoundAtTheEnd(
            row=label,
            bound=bound.label,
            source=bound.source,
            about=bound.about,
            lower=bound.lower,
            value=float(bound.values[-1]),
        )
        for bound in applicable(result.settings, data.get("arm_means"), data["steps"][-1:])
    ]


def applicable(settings: dict[str, Any], means: np.ndarray | None, n: np.ndarray) -> list[Bound]:
    """The bounds that apply to a cell after `n` [steps] steps, upper bounds first.

    `settings` is the content of the cell's config.yaml, and `means` [runs, k] are the means of the arms in each run.
    For an adversarial bandit `means` is None; its rewards are within [0, 1], so no gap is above 1.
    """
    if means is None:
        if settings["env"]["name"] != "adversarial_bandit":
            return []
        means = np.eye(1, settings["env"]["arms"])
    if (means == means[0]).all():
        means = means[:1]
    agent = settings["agent"] | (settings.get("inferred") or {})
    case = Case(agent, settings["env"], settings["steps"], np.asarray(n)[:, None], means)
    parts = [replace(case, means=part) for part in np.array_split(means, ceil(len(means) / INSTANCES))]

    def bound_of(theorem: Theorem, part: Case, gaps: np.ndarray) -> np.ndarray:
        """[steps, instances]; a bound on the regret of these instances is capped at the regret of the worst arm."""
        bound = theorem.bound(part)
        return regret_bounds.capped(bound, part.n, gaps) if theorem.about == "regret" else bound

    def mean(theorem: Theorem) -> np.ndarray:
        if theorem.of_mean:
            return bound_of(theorem, case, case.gaps.max(axis=1).mean()[None, None])[:, 0]
        total: np.ndarray = np.sum([bound_of(theorem, part, part.gaps).sum(axis=1) for part in parts], axis=0)
        return total / len(means)

    worst = float(case.n[-1, 0] * case.gaps.max(axis=1).mean())
    return [
        Bound(
            theorem.label,
            theorem.source,
            values,
            lower,
            not lower and bool(np.isclose(values[-1], worst)),
            theorem.about,
        )
        for theorems, lower in ((UPPER.get(settings["agent"]["name"], []), False), (LOWER, True))
        for theorem in theorems
        if theorem.holds(case)
        for values in [mean(theorem)]
    ]
