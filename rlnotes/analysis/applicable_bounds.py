"""Which bounds on regret fit a cell: a table from agents to theorems, and what each asks for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, log, sqrt
from typing import Any, NamedTuple

import numpy as np

from rlnotes.agents.bandits.etc import ETC
from rlnotes.agents.bandits.ucb1 import UCB1
from rlnotes.analysis import regret_bounds

INSTANCES = 1_000
"""problem instances whose bounds are computed together"""


class Bound(NamedTuple):
    """A bound to be drawn beside the mean regret of an agent's runs."""

    label: str
    """what it is, in words"""
    source: str
    """where it is from"""
    values: np.ndarray
    """mean of the instances' own bounds, each capped, at the steps asked for"""
    lower: bool
    """whether it is of all agents, from below, and not of this one, from above"""
    trivial: bool
    """whether, in the end, it is only what the worst arm pays on every instance"""


@dataclass(frozen=True)
class Case:
    """What a bound may depend on: settings of the agent and the environment, steps and the instances that were met."""

    agent: dict[str, Any]
    env: dict[str, Any]
    horizon: int
    """steps that the agent was told of: where its bound is of those, it holds before, as regret never falls"""
    n: np.ndarray
    """[steps, 1]"""
    means: np.ndarray
    """[instances, k]"""

    @cached_property
    def gaps(self) -> np.ndarray:
        gaps: np.ndarray = self.means.max(axis=-1, keepdims=True) - self.means
        return gaps

    @property
    def k(self) -> int:
        return self.means.shape[-1]

    @property
    def m(self) -> int:
        """ETC's pulls of each arm."""
        return ETC(self.agent["pulls"], self.agent["gap"]).exploration(self.horizon, self.k)

    def on(self, *envs: str) -> bool:
        """Whether it is on one of these environments, and that one stays as it is."""
        moves = any(self.env.get(setting) for setting in ("changes", "change_probability", "drift"))
        return self.env["name"] in envs and not moves


def bounded(case: Case) -> bool:
    """Whether rewards are within [0, 1], of arms that stay as they are."""
    return case.on("bernoulli_bandit", "beta_bandit")


def subgaussian(case: Case) -> bool:
    """Whether rewards are 1-subgaussian, of arms that stay as they are."""
    return bounded(case) or (case.on("gaussian_bandit") and bool(np.max(case.env["std"]) <= 1))


def told_the_gap(case: Case) -> bool:
    """Whether, besides, ETC knows the gap of two arms."""
    gap = case.agent["gap"]
    return subgaussian(case) and gap is not None and case.k == 2 and np.allclose(case.gaps.max(axis=-1), gap)


def tuned(case: Case) -> bool:
    """Whether, besides, UCB has the δ of its theorems."""
    return subgaussian(case) and case.agent["delta"] is None


def original(case: Case) -> bool:
    """Whether UCB1 has the factor of its theorem."""
    return bounded(case) and case.agent["c"] == UCB1.c


def drawn_from_prior(case: Case) -> bool:
    """Whether instances are drawn from the prior that Thompson sampling has."""
    drawn = case.on("bernoulli_bandit") and case.env["means"] is None and case.env["gap"] is None
    return drawn and case.agent["posterior"] == "beta"


def as_recommended(case: Case) -> bool:
    """Whether UCB-V has the settings of its theorem, on arms whose variances are known."""
    return case.on("bernoulli_bandit") and (case.agent["zeta"], case.agent["c"]) == (1.2, 1)


def in_hindsight(case: Case) -> bool:
    """Whether regret is that against a single arm, of rewards within [0, 1], whoever sets them."""
    return case.k > 1 and (bounded(case) or case.on("adversarial_bandit"))


class Theorem(NamedTuple):
    """A bound and the cases where it holds."""

    label: str
    source: str
    holds: Callable[[Case], bool]
    bound: Callable[[Case], np.ndarray]
    """[steps, instances], or what broadcasts to that"""
    of_mean: bool = False
    """whether it is of the mean over instances, and of none of them"""


UPPER = {
    "etc": [
        Theorem("ETC's bound", "L&S, Theorem 6.1", subgaussian, lambda c: regret_bounds.etc_bound(c.n, c.gaps, c.m)),
        Theorem(
            "ETC's bound, told the gap",
            "L&S, (6.6)",
            told_the_gap,
            lambda c: regret_bounds.etc_optimal_bound(c.horizon, c.gaps.max(axis=-1)),
        ),
    ],
    "ucb": [
        Theorem("UCB's bound", "L&S, Theorem 7.1", tuned, lambda c: regret_bounds.ucb_bound(c.horizon, c.gaps)),
        Theorem(
            "UCB's worst case", "L&S, Theorem 7.2", tuned, lambda c: regret_bounds.ucb_worst_case(c.horizon, c.gaps)
        ),
    ],
    "ucb_asymptotic": [
        Theorem(
            "asymptotic UCB's bound",
            "L&S, Theorem 8.1",
            subgaussian,
            lambda c: regret_bounds.ucb_asymptotic_bound(c.n, c.gaps),
        )
    ],
    "moss": [
        Theorem("MOSS's bound", "L&S, Theorem 9.1", subgaussian, lambda c: regret_bounds.moss_bound(c.horizon, c.gaps))
    ],
    "ucb1": [
        Theorem(
            "UCB1's bound", "Auer et al. (2002), Theorem 1", original, lambda c: regret_bounds.ucb1_bound(c.n, c.gaps)
        )
    ],
    "ucb_v": [
        Theorem(
            "UCB-V's bound",
            "Audibert et al. (2009), Theorem 4",
            as_recommended,
            lambda c: regret_bounds.ucb_v_bound(c.n, c.gaps, c.means * (1 - c.means)),
        )
    ],
    "exp3": [
        Theorem(
            "Exp3's bound",
            "L&S, Theorem 11.2",
            in_hindsight,
            lambda c: regret_bounds.exp3_bound(c.n, c.k, c.agent["eta"] or sqrt(2 * log(c.k) / (c.horizon * c.k))),
        )
    ],
    "exp3_ix": [
        Theorem(
            "Exp3-IX's bound",
            "Neu (2015), Theorem 1",
            lambda c: in_hindsight(c) and c.agent["eta"] is None,
            lambda c: regret_bounds.exp3_ix_bound(c.n, c.k),
        )
    ],
    "thompson": [
        Theorem(
            "bound of Thompson sampling, mean over its prior",
            "L&S, Theorem 36.5",
            drawn_from_prior,
            lambda c: regret_bounds.thompson_bound(c.n, c.k),
            of_mean=True,
        )
    ],
}
"""the theorems on each agent; what is not here has none with constants, or they could not be checked"""

LOWER = [
    Theorem(
        "Lai–Robbins, asymptotic slope",
        "Lai & Robbins (1985)",
        lambda c: c.on("gaussian_bandit"),
        lambda c: regret_bounds.lai_robbins(c.n, c.gaps, regret_bounds.gaussian_kl(c.gaps, c.env["std"])),
    ),
    Theorem(
        "Lai–Robbins, asymptotic slope",
        "Lai & Robbins (1985)",
        lambda c: c.on("bernoulli_bandit"),
        lambda c: regret_bounds.lai_robbins(
            c.n, c.gaps, regret_bounds.bernoulli_kl(c.means, c.means.max(axis=-1, keepdims=True))
        ),
    ),
    Theorem(
        "minimax lower bound, of the worst instance",
        "L&S, Theorem 15.2",
        lambda c: c.on("gaussian_bandit") and bool(np.all(np.asarray(c.env["std"]) == 1)),
        lambda c: regret_bounds.minimax_lower(c.n, c.k),
        of_mean=True,
    ),
]
"""the theorems on every agent"""


def fitting(settings: dict[str, Any], means: np.ndarray | None, n: np.ndarray) -> list[Bound]:
    """The bounds that fit a cell, at so many steps `n` [steps], the upper ones first.

    `settings` are the cell's, as in its config.yaml, and `means` [runs, k] those of the arms of the problem instances
    that its runs met; None where rewards within [0, 1] are set one by one, so that no gap is above 1.
    """
    if means is None:
        if settings["env"]["name"] != "adversarial_bandit":
            return []
        means = np.eye(1, settings["env"]["arms"])
    if (means == means[0]).all():
        means = means[:1]
    case = Case(settings["agent"], settings["env"], settings["steps"], np.asarray(n)[:, None], means)
    parts = [replace(case, means=part) for part in np.array_split(means, ceil(len(means) / INSTANCES))]

    def mean(theorem: Theorem) -> np.ndarray:
        if theorem.of_mean:
            largest = case.gaps.max(axis=1).mean()
            return regret_bounds.capped(theorem.bound(case), case.n, largest[None, None])[:, 0]
        sums = [regret_bounds.capped(theorem.bound(part), part.n, part.gaps).sum(axis=1) for part in parts]
        total: np.ndarray = np.sum(sums, axis=0)
        return total / len(means)

    worst = float(case.n[-1, 0] * case.gaps.max(axis=1).mean())
    return [
        Bound(theorem.label, theorem.source, values, lower, bool(np.isclose(values[-1], worst)))
        for theorems, lower in ((UPPER.get(settings["agent"]["name"], []), False), (LOWER, True))
        for theorem in theorems
        if theorem.holds(case)
        for values in [mean(theorem)]
    ]
