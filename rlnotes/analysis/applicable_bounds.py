"""Which bounds on regret apply to a cell: a table from agents to theorems, with the conditions of each."""

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
"""problem instances whose bounds are computed together, to save memory"""


class Bound(NamedTuple):
    """A bound to draw beside the mean regret of an agent's runs."""

    label: str
    """name of the bound"""
    source: str
    """theorem and author"""
    values: np.ndarray
    """[steps], mean over the problem instances of their capped bounds"""
    lower: bool
    """whether it is a lower bound for every agent; otherwise an upper bound for this agent"""
    trivial: bool
    """whether its last value is only the regret of the worst arm"""


@dataclass(frozen=True)
class Case:
    """Everything that a bound may depend on: settings of agent and environment, steps, and problem instances."""

    agent: dict[str, Any]
    env: dict[str, Any]
    horizon: int
    """horizon that the agent knows; a bound at the horizon also holds earlier, since regret never falls"""
    n: np.ndarray
    """numbers of steps [steps, 1]"""
    means: np.ndarray
    """μ_a [instances, k]"""

    @cached_property
    def gaps(self) -> np.ndarray:
        """Δ_a [instances, k]."""
        gaps: np.ndarray = self.means.max(axis=-1, keepdims=True) - self.means
        return gaps

    @property
    def k(self) -> int:
        """Number of arms."""
        return self.means.shape[-1]

    @property
    def m(self) -> int:
        """ETC's pulls of each arm."""
        return ETC(self.agent["pulls"], self.agent["gap"]).exploration(self.horizon, self.k)

    def on(self, *envs: str) -> bool:
        """Whether the environment is one of these, and its means do not change."""
        moves = any(self.env.get(setting) for setting in ("changes", "change_probability", "drift"))
        return self.env["name"] in envs and not moves


def bounded(case: Case) -> bool:
    """Rewards within [0, 1], of arms whose means do not change."""
    return case.on("bernoulli_bandit", "beta_bandit")


def subgaussian(case: Case) -> bool:
    """1-subgaussian rewards, of arms whose means do not change."""
    return bounded(case) or (case.on("gaussian_bandit") and bool(np.max(case.env["std"]) <= 1))


def knows_the_gap(case: Case) -> bool:
    """1-subgaussian rewards, and ETC with the gap of the two arms as its setting."""
    gap = case.agent["gap"]
    return subgaussian(case) and gap is not None and case.k == 2 and np.allclose(case.gaps.max(axis=-1), gap)


def tuned(case: Case) -> bool:
    """1-subgaussian rewards, and UCB with the δ of its theorems."""
    return subgaussian(case) and case.agent["delta"] is None


def original(case: Case) -> bool:
    """Rewards within [0, 1], and UCB1 with the factor of its theorem."""
    return bounded(case) and case.agent["c"] == UCB1.c


def drawn_from_prior(case: Case) -> bool:
    """Problem instances drawn from the prior of Thompson sampling."""
    drawn = case.on("bernoulli_bandit") and case.env["means"] is None and case.env["gap"] is None
    return drawn and case.agent["posterior"] == "beta"


def as_recommended(case: Case) -> bool:
    """UCB-V with the settings of its theorem, on arms whose variances are known here."""
    return case.on("bernoulli_bandit") and (case.agent["zeta"], case.agent["c"]) == (1.2, 1)


def in_hindsight(case: Case) -> bool:
    """Regret against the best single arm, for any rewards within [0, 1]."""
    return case.k > 1 and (bounded(case) or case.on("adversarial_bandit"))


class Theorem(NamedTuple):
    """A bound and the cases in which it holds."""

    label: str
    source: str
    holds: Callable[[Case], bool]
    bound: Callable[[Case], np.ndarray]
    """[steps, instances], or an array that broadcasts to it"""
    of_mean: bool = False
    """whether it holds only for the average over instances"""


UPPER = {
    "etc": [
        Theorem("ETC's bound", "L&S, Theorem 6.1", subgaussian, lambda c: regret_bounds.etc_bound(c.n, c.gaps, c.m)),
        Theorem(
            "ETC's bound with the known gap",
            "L&S, (6.6)",
            knows_the_gap,
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
            "Thompson sampling's bound, mean over the prior",
            "L&S, Theorem 36.5",
            drawn_from_prior,
            lambda c: regret_bounds.thompson_bound(c.n, c.k),
            of_mean=True,
        )
    ],
}
"""upper bounds by agent; agents missing here have no bound with verified constants"""

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
        "minimax lower bound, for the worst instance",
        "L&S, Theorem 15.2",
        lambda c: c.on("gaussian_bandit") and bool(np.all(np.asarray(c.env["std"]) == 1)),
        lambda c: regret_bounds.minimax_lower(c.n, c.k),
        of_mean=True,
    ),
]
"""lower bounds for every agent"""


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
