"""Posterior sampling."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.tabular.base.model_based_agent import ModelBasedAgent


@dataclass
class PSRL(ModelBasedAgent):
    """Plan in a model drawn from the posterior distribution (posterior sampling).

    p(·|s, a) ~ Dirichlet(prior / (states + 1) + N(s, a, ·)), over the states and the end,
    r(s, a) ~ N((μ + Σ R) / (1 + N(s, a)), σ² / (1 + N(s, a)));
    Q_h(s, a) = min(r(s, a) + γ Σ_{s'} p(s'|s, a) max_a' Q_{h+1}(s', a'), largest return)

    before each episode. (The sources have no minimum; r may be drawn above the largest reward.) μ is the middle of the
    interval of rewards and σ half of its length.
    Source: Strens, ICML 2000; Osband, Russo & Van Roy, NeurIPS 2013.
    """

    prior: float = 1.0
    """number of steps that the prior of the transitions counts for, from 1e-9 to 1e9"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("prior", 1e-9 <= self.prior <= 1e9, "must be from 1e-9 to 1e9")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        self.generators = rng.spawn(problem.runs)  # one per run, so that a run does not depend on its neighbours
        super().begin(problem, rng)

    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n, middle, std = self.visits[runs], (self.largest + self.least) / 2, (self.largest - self.least) / 2
        concentration = self.prior / (self.states + 1) + n[..., None] * self.transition[runs]
        generators = [self.generators[run] for run in runs]
        # log Γ(a) = log Γ(a + 1) + log(U) / a, so that small ones do not all round to 0
        gamma = np.stack([rng.standard_gamma(a + 1) for rng, a in zip(generators, concentration, strict=True)])
        uniform = np.stack([rng.random(concentration.shape[1:]) for rng in generators])
        log = np.log(gamma) + np.log1p(-uniform) / concentration
        transition = np.exp(log - log.max(axis=3, keepdims=True))
        noise = np.stack([rng.standard_normal(n.shape[1:]) for rng in generators])
        mean_reward = (middle + n * self.mean_reward[runs]) / (1 + n) + std / np.sqrt(1 + n) * noise
        return transition / transition.sum(axis=3, keepdims=True), mean_reward, np.zeros_like(mean_reward)
