"""Posterior sampling."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.tabular.base.model_based_agent import ModelBasedAgent
from rlnotes.base.errors import SettingError


@dataclass
class PSRL(ModelBasedAgent):
    """Plan in a model drawn from what is believed of it (posterior sampling).

    p(·|s, a) ~ Dirichlet(prior / (states + 1) + N(s, a, ·)), over the states and the end,
    r(s, a) ~ N((μ + Σ R) / (1 + N(s, a)), σ² / (1 + N(s, a)));
    Q_h(s, a) = min(r(s, a) + γ Σ_{s'} p(s'|s, a) max_a' Q_{h+1}(s', a'), the most there can be)

    before each episode. (The sources have no minimum; r may be drawn above the largest reward.) μ is the
    middle of the rewards and σ half of their span.
    Source: Strens, ICML 2000; Osband, Russo & Van Roy, NeurIPS 2013.
    """

    prior: float = 1.0
    """steps that the prior of the transitions counts for, from 1e-9 to 1e9"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1e-9 <= self.prior <= 1e9:
            raise SettingError("prior", self.prior, "must be from 1e-9 to 1e9")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        self.luck = rng.spawn(problem.runs)  # one a run, so that it does not depend on its neighbours
        super().begin(problem, rng)

    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n, middle, std = self.visits[runs], (self.largest + self.least) / 2, (self.largest - self.least) / 2
        counts = self.prior / (self.states + 1) + n[..., None] * self.chance[runs]
        # log Γ(a) = log Γ(a + 1) + log(U) / a, so that the small ones do not all round to 0
        gamma = np.stack([self.luck[run].standard_gamma(count + 1) for run, count in zip(runs, counts, strict=True)])
        uniform = np.stack([self.luck[run].random(counts.shape[1:]) for run in runs])
        log = np.log(gamma) + np.log1p(-uniform) / counts
        chance = np.exp(log - log.max(axis=3, keepdims=True))
        noise = np.stack([self.luck[run].standard_normal(n.shape[1:]) for run in runs])
        mean = (middle + n * self.mean[runs]) / (1 + n) + std / np.sqrt(1 + n) * noise
        return chance / chance.sum(axis=3, keepdims=True), mean, np.zeros_like(mean)
