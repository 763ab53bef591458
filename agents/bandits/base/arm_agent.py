"""The base of every bandit agent: arms, a horizon, and ties broken at random."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import VectorEnv

from rlnotes.agents.bandits.base.arm_kernels import argmax
from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.base.random_streams import Stream


def has_contexts(problem: Problem) -> bool:
    """Whether the observation is contexts [arms, dimension], and the actions are as many arms."""
    contexts, actions = problem.observation_space, problem.action_space
    if not (isinstance(contexts, Box) and isinstance(actions, Discrete)):
        return False
    return len(contexts.shape) == 2 and (actions.start, actions.n) == (0, contexts.shape[0])


@dataclass
class ArmAgent(Agent):
    """An agent that plays one of k arms in each of the n steps t = 1, …, n.

    Arms that tie are played with the same probability. Arrays of arms are [arms, runs] for speed.
    """

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if problem.horizon is None:
            raise ProblemError("plays a fixed number of steps, and a bandit has no episodes: set steps, not episodes")
        if isinstance(problem.action_space, Discrete):
            arms = int(problem.action_space.n)
            require_memory("env.arms", arms, 24 * arms * problem.runs)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert isinstance(problem.action_space, Discrete)
        assert problem.horizon is not None
        self.n, self.k, self.runs = problem.horizon, int(problem.action_space.n), problem.runs
        self.tie_key = rng.integers(2**64, size=self.runs, dtype=np.uint64)
        self.t, self.rng = 1, Stream(rng)

    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        first = self.t
        last = super().go_on(env, observation, steps)
        if steps and self.t == first:
            requirement = "its update() must first call super().update(transition)"
            raise SettingError("agent", type(self).__name__, requirement)
        return last

    def available(self, index: np.ndarray) -> np.ndarray:
        """The `index` [arms, runs] of the available arms, and −∞ for the others."""
        return index if self.allowed is None else np.where(np.ascontiguousarray(self.allowed.T), index, -np.inf)

    def argmax_of(self, index: np.ndarray) -> np.ndarray:
        """argmax_i of an `index` [arms, runs] over available arms i, per run; ties are broken at random.

        Raises `ValueError` if the index has another shape, or if all arms of a run have the index NaN or −∞.
        """
        index = np.ascontiguousarray(index, float)
        if index.shape != (self.k, self.runs):
            raise ValueError(f"an index must be [arms, runs], {(self.k, self.runs)}, not of shape {index.shape}")
        return self.argmax_with(index, index, 0.0)

    def argmax_with(self, mean: np.ndarray, width: np.ndarray, bonus: float) -> np.ndarray:
        """argmax_i mean_i + bonus · width_i, both [arms, runs], in the same way."""
        choice = np.empty(self.runs, np.int64)
        argmax(self.available(mean), width, bonus, self.tie_key, self.t, choice)
        return choice
