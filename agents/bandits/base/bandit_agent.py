"""The base of agents for stochastic bandits: pulls and mean reward of every arm."""

from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.agents.bandits.base.arm_agent import ArmAgent, has_contexts
from rlnotes.agents.bandits.base.arm_kernels import explore, observe
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.base.epsilon_greedy import epsilon_greedy
from rlnotes.envs.base.actions import ActionMask


def require_unit_rewards(problem: Problem) -> None:
    """Raise `ProblemError` unless rewards are known to be from 0 to 1."""
    low, high = problem.rewards.low, problem.rewards.high
    if low < 0 or high > 1:
        raise ProblemError(f"needs rewards from 0 to 1, not from {low:g} to {high:g}")


@dataclass
class BanditAgent(ArmAgent):
    """An agent that stores T_i(t−1) and μ̂_i(t−1) of every arm i [notes 1.4]. It ignores contexts.

    Arrays [arms, runs]:
    `counts` T_i,
    `total` T_i μ̂_i,
    `mean` μ̂_i, which is ∞ before the first pull, so that every arm is tried first,
    `width` 1/√T_i, or widths[T_i] if an agent fills the table `widths`; 0 before the first pull,
    `index` the numbers that the agent compares, if it computes them; ∞ at first.
    Of the arm that each run played last [runs]: `played_count` T and `played_mean` μ̂.
    """

    plays_masked = True

    def check(self, problem: Problem) -> None:
        super().check(problem)
        observations, actions = problem.observation_space, problem.action_space
        one = observations == Discrete(1) or isinstance(observations, ActionMask)
        plain = isinstance(actions, Discrete) and actions.start == 0 and one
        if not (plain or has_contexts(problem)):
            raise ProblemError(
                "needs a bandit, which has one observation, Discrete(1), or contexts, Box of shape (k, dimension), "
                f"and k actions, Discrete(k), not {observations} and {actions}"
            )

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        shape = (self.k, self.runs)
        self.counts, self.total = np.zeros(shape, np.int64), np.zeros(shape)
        self.mean, self.index = np.full((2, *shape), np.inf)
        self.width, self.widths = np.zeros(shape), np.empty(0)
        self.played_count, self.played_mean = self.played_numbers = np.empty((2, self.runs))

    def argmax(self, bonus: float = 0.0) -> np.ndarray:
        """argmax_i μ̂_i(t−1) + bonus · width_i over available arms i, per run.

        width_i = 1/√T_i(t−1) unless the agent has `widths`.
        """
        return self.argmax_with(self.mean, self.width, bonus)

    def argmax_or_any(self, epsilon: float) -> np.ndarray:
        """argmax_i μ̂_i(t−1) with probability 1 − ε, uniform with probability ε, over available arms i, per run."""
        uniform, best = self.rng.random(self.runs), self.argmax()
        if self.allowed is not None:
            return np.where(uniform < epsilon, self.argmax_of(np.zeros((self.k, self.runs))), best)
        explore(best, self.k, epsilon, uniform)
        return best

    def probability_or_any(self, epsilon: float, action: np.ndarray) -> np.ndarray:
        """The probability [runs] with which `argmax_or_any` chooses these arms."""
        return epsilon_greedy(self.available(self.mean), epsilon)[action, np.arange(self.runs)]

    def update(self, transition: Transition) -> None:
        _, action, reward, *_ = transition
        observe(self.counts, self.total, self.mean, self.width, action, reward, self.widths, self.played_numbers)
        self.t += 1
