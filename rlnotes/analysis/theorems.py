"""Theorems about regret: a table from agents to bounds, with the conditions of each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf, log, sqrt
from typing import Any, NamedTuple

import numpy as np

from rlnotes.agents.bandits.etc import ETC
from rlnotes.agents.bandits.ucb1 import UCB1
from rlnotes.analysis import regret_bounds

SMALLEST = 1e-100
"""least scale by which gaps are divided"""


@dataclass(frozen=True)
class Case:
    """Everything that a bound may depend on: settings of agent and environment, steps, and problem instances."""

    agent: dict[str, Any]
    """with the values that it took from the environment"""
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
        etc = ETC(self.agent["pulls"], self.agent["gap"])
        return etc.exploration(self.horizon, self.k, 1.0 if etc.gap is None else self.scale)

    @property
    def scale(self) -> float:
        """σ of the agent, for which its theorems hold; at least `SMALLEST`, since bounds divide by it."""
        return max(float(self.agent["sigma"]), SMALLEST)

    @property
    def noise(self) -> float:
        """σ of σ-subgaussian rewards, at least `SMALLEST`; ∞ if the rewards are not subgaussian."""
        if bounded(self):
            return 0.5
        return max(float(np.max(self.env["std"])), SMALLEST) if self.on("gaussian_bandit") else inf

    def on(self, *envs: str) -> bool:
        """Whether the environment is one of these, its means do not change, and all arms are always available."""
        moves = any(self.env.get(setting) for setting in ("changes", "change_probability", "drift", "table"))
        return self.env["name"] in envs and not moves and self.env.get("available") is None


def bounded(case: Case) -> bool:
    """Rewards within [0, 1], of arms whose means do not change."""
    return case.on("bernoulli_bandit", "beta_bandit")


def subgaussian(case: Case) -> bool:
    """Rewards that are subgaussian with a known scale, of arms whose means do not change."""
    return case.noise < inf


def covered(case: Case) -> bool:
    """Rewards that are σ-subgaussian with the σ of the agent, of arms whose means do not change."""
    return subgaussian(case) and case.noise <= case.scale


def knows_the_gap(case: Case) -> bool:
    """ETC with the σ of the rewards, and the gap of the two arms as its setting."""
    gap = case.agent["gap"]
    return gap is not None and covered(case) and case.k == 2 and np.allclose(case.gaps.max(axis=-1), gap)


def tuned(case: Case) -> bool:
    """UCB with the σ of the rewards, and the δ of its theorems."""
    return covered(case) and case.agent["delta"] is None


def original(case: Case) -> bool:
    """Rewards within [0, 1], and UCB1 with the factor of its theorem."""
    return bounded(case) and case.agent["c"] == UCB1.c


def drawn_from_prior(case: Case) -> bool:
    """Problem instances drawn from the prior of Thompson sampling."""
    drawn = case.on("bernoulli_bandit") and case.env["means"] is None and case.env["gap"] is None
    return drawn and case.agent["posterior"] == "beta" and case.agent["prior"] in (None, [1, 1])


def as_recommended(case: Case) -> bool:
    """UCB-V with the settings of its theorem, on arms whose variances are known here."""
    return case.on("bernoulli_bandit") and (case.agent["zeta"], case.agent["c"]) == (1.2, 1)


def in_hindsight(case: Case) -> bool:
    """Regret against the best single arm, for any rewards within [0, 1]."""
    return case.k > 1 and (bounded(case) or case.env["name"] == "adversarial_bandit")


def at_horizon(bound: Callable[[int, np.ndarray], np.ndarray]) -> Callable[[Case], np.ndarray]:
    """A bound at the horizon, with gaps and regret in units of σ."""
    return lambda case: case.scale * bound(case.horizon, case.gaps / case.scale)


class Theorem(NamedTuple):
    """A bound and the cases in which it holds."""

    label: str
    source: str
    holds: Callable[[Case], bool]
    bound: Callable[[Case], np.ndarray]
    """[steps, instances], or an array that broadcasts to it"""
    of_mean: bool = False
    """whether it holds only for the average over instances"""
    about: str = "regret"
    """`regret` of these instances at every step, its `slope` against log n in the limit, or the `worst` instance"""


UPPER = {
    "etc": [
        Theorem(
            "ETC's bound",
            "L&S, Theorem 6.1",
            subgaussian,
            lambda c: c.noise * regret_bounds.etc_bound(c.n, c.gaps / c.noise, c.m),
        ),
        Theorem(
            "ETC's bound with the known gap",
            "L&S, (6.6)",
            knows_the_gap,
            lambda c: c.scale * regret_bounds.etc_optimal_bound(c.horizon, c.gaps.max(axis=-1) / c.scale),
        ),
    ],
    "ucb": [
        Theorem("UCB's bound", "L&S, Theorem 7.1", tuned, at_horizon(regret_bounds.ucb_bound)),
        Theorem("UCB's worst case", "L&S, Theorem 7.2", tuned, at_horizon(regret_bounds.ucb_worst_case)),
    ],
    "ucb_asymptotic": [
        Theorem(
            "asymptotic UCB's bound",
            "L&S, Theorem 8.1",
            covered,
            lambda c: c.scale * regret_bounds.ucb_asymptotic_bound(c.n, c.gaps / c.scale),
        )
    ],
    "moss": [
        Theorem("MOSS's bound", "L&S, Theorem 9.1", covered, at_horizon(regret_bounds.moss_bound)),
    ],
    "kl_ucb_plus_plus": [
        Theorem(
            "KL-UCB++'s bound",
            "Ménard & Garivier (2017), Theorem 1",
            lambda c: c.on("bernoulli_bandit") and c.agent["divergence"] == "bernoulli",
            lambda c: regret_bounds.kl_ucb_plus_plus_bound(c.horizon, c.k),
        )
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
    "tsallis_inf": [
        Theorem(
            "Tsallis-INF's bound",
            "Zimmert & Seldin (2021), Theorem 1",
            lambda c: in_hindsight(c) and not c.agent["reduced_variance"],
            lambda c: regret_bounds.tsallis_inf_bound(c.n, c.k),
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
"""upper bounds by agent; agents missing here have no bound with verified constants

A bound for 1-subgaussian rewards X is a bound for the σ-subgaussian rewards σX, with gaps and bound in units of σ.
"""

LOWER = [
    Theorem(
        "Lai–Robbins, slope in the limit",
        "Lai & Robbins (1985)",
        lambda c: c.on("gaussian_bandit"),
        lambda c: regret_bounds.lai_robbins(c.n, c.gaps, regret_bounds.gaussian_kl(c.gaps, c.env["std"])),
        about="slope",
    ),
    Theorem(
        "Lai–Robbins, slope in the limit",
        "Lai & Robbins (1985)",
        lambda c: c.on("bernoulli_bandit"),
        lambda c: regret_bounds.lai_robbins(
            c.n, c.gaps, regret_bounds.bernoulli_kl(c.means, c.means.max(axis=-1, keepdims=True))
        ),
        about="slope",
    ),
    Theorem(
        "minimax lower bound, for the worst instance",
        "L&S, Theorem 15.2",
        lambda c: c.on("gaussian_bandit") and bool(np.all(np.asarray(c.env["std"]) == 1)),
        lambda c: regret_bounds.minimax_lower(c.n, c.k),
        of_mean=True,
        about="worst",
    ),
]
"""lower bounds for every agent"""
