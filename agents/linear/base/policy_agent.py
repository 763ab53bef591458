"""The base class of agents that learn a policy with parameters that are linear in features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.base.box_actions import centre_and_reach, require_bounded_box
from rlnotes.agents.base.greedy_counts import greedy_counts
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.linear.base.action_agent import LinearActionAgent
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.features import StateFeatures
from rlnotes.agents.linear.base.weights import evaluate, evaluate_states
from rlnotes.agents.tabular.base.policies import draw, softmax
from rlnotes.base.random_streams import Stream
from rlnotes.base.record import Record
from rlnotes.base.schedule import Schedule

FARTHEST = 1e6
"""half widths between an action and the middle of a Box beyond which the weights have diverged"""


@dataclass
class LinearPolicyAgent(LinearActionAgent):
    """An agent that learns the weights θ of a policy, and w of its value V(s) ≈ wᵀ x(s).

    discrete actions   π(a|s) = exp(θ_aᵀ x(s)) / Σ_b exp(θ_bᵀ x(s));    ∇_{θ_b} log π(a|s) = [1{a = b} − π(b|s)] x(s)
    a Box [m]          A_j = μ_j + σ_j z_j, z_j ~ N(0, 1), μ_j = θ_jᵀ x(s), σ_j = deviation · exp(θ_{m+j}ᵀ x(s));
                       ∇_{θ_j} log π = (z_j / σ_j) x(s),    ∇_{θ_{m+j}} log π = (z_j² − 1) x(s)

    In a Box, −1 and 1 are the ends of a component, and an action beyond them is played as the end. `w` of the base
    class is θ [runs, size, columns], `v` is w [runs, size, 1]. `score` [runs, columns] is the factor of x in ∇ log π.
    """

    copies = 2

    beta: int | float | str = 0.05
    """step size β of the value V, from 0 to 1; it may change as alpha may"""

    deviation: float = 0.5
    """standard deviation of every component at the start, in half widths of a Box, above 0; not for discrete actions"""

    def __post_init__(self) -> None:
        super().__post_init__()
        Schedule.of("beta", self.beta, positive=False, counts=False)
        self.require("deviation", 0 < self.deviation < np.inf, "must be above 0")

    def check_actions(self, problem: Problem) -> None:
        if not isinstance(problem.action_space, Discrete):
            require_bounded_box(problem.action_space)

    @property
    def columns(self) -> int:
        return self.actions or 2 * len(self.centre)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        if isinstance(problem.action_space, Box):
            self.centre, self.reach = centre_and_reach(problem.action_space)
        self.normals = Stream(rng.spawn(1)[0])
        super().begin(problem, rng)
        self.v, self.only = np.zeros((self.runs, self.basis.size, 1)), np.zeros(self.runs, np.int64)
        self.betas = Schedule.of("beta", self.beta, positive=False, counts=False, horizon=problem.horizon)
        self.value_step_size = np.full(self.runs, self.betas.first)

    def choose(self, observation: Any) -> np.ndarray:
        return self.draw_action(observation) if self.actions else self.draw_numbers()

    def draw_action(self, observation: Any) -> np.ndarray:
        """A ~ π(·|s), and its score."""
        action, probability = np.empty(self.runs, np.int64), np.empty((self.actions, self.runs))
        softmax(self.values(self.x, observation, self.allowed)[:, None], self.only, 1.0, probability)
        draw(probability, self.every_run, next(self.uniforms), action, self.every_run)
        self.score = (action[:, None] == np.arange(self.actions)) - probability.T
        self.require_finite(self.score.sum(axis=1))
        return action

    def draw_numbers(self) -> np.ndarray:
        """A = μ(s) + σ(s) z in the units of the environment, and its score."""
        z = self.normals.standard_normal((self.runs, len(self.centre)))
        with np.errstate(all="ignore"):  # numbers that are not finite are refused
            mean, deviation = self.mean_and_deviation(self.x)
            self.score = np.concatenate([z / deviation, z**2 - 1], axis=1)
            number = mean + deviation * z
            far = (np.abs(number) > FARTHEST).any(axis=1)
            self.require_finite(np.where(far, np.inf, self.score.sum(axis=1)))
        return self.in_box(number)

    def mean_and_deviation(self, x: Active) -> tuple[np.ndarray, np.ndarray]:
        """μ and σ [runs, m] of a Gaussian policy."""
        total = np.empty((self.runs, self.columns))
        evaluate(self.w, *x, self.every_run, total)
        mean, exponent = np.split(total, 2, axis=1)
        return mean, self.deviation * np.exp(exponent)

    def in_box(self, numbers: np.ndarray) -> np.ndarray:
        """The actions of the environment for numbers whose ends are −1 and 1."""
        space = self.problem.action_space
        assert isinstance(space, Box)
        return np.clip(self.centre + self.reach * numbers, space.low, space.high).astype(space.dtype)

    def update(self, transition: Transition) -> None:
        if self.betas.changes:
            self.value_step_size = np.full(self.runs, self.betas.at(self.t))
        super().update(transition)

    def value(self, x: Active) -> np.ndarray:
        """V(s) = wᵀ x(s) [runs]."""
        total = np.empty((self.runs, 1))
        evaluate(self.v, *x, self.every_run, total)
        return total[:, 0]

    def best(self, observation: Any) -> np.ndarray:
        if self.actions:
            return super().best(observation)
        return self.in_box(self.mean_and_deviation(self.basis.of(observation))[0])

    def learned_values(self, runs: np.ndarray) -> np.ndarray:
        assert isinstance(self.basis, StateFeatures)
        value = np.empty((len(runs), self.basis.states, 1))
        evaluate_states(self.v, *self.basis.table, runs, value)
        return value[:, :, 0]

    def report(self) -> Record:
        """On a finite set of states and actions the arrays of agents with tables, elsewhere `learned_weights`."""
        if not (isinstance(self.basis, StateFeatures) and self.actions):
            return Record(learned_weights=kept(self.w))
        theta, value = self.table_of(self.every_run), self.learned_values(self.every_run)
        greedy_for = greedy_counts(theta.argmax(axis=2), self.actions)
        learned = Record(learned_preferences=kept(theta), learned_v=kept(value))
        return Record(learned_value=value.mean(axis=0), greedy_for=greedy_for) | learned
